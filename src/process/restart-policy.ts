/** An engine that played this long before it died did not die at once. */
const soundMs = 5000;
/** Before the first restart, the second in a row, ... */
const delaysMs = [0, 100, 250, 500, 1000, 2000] as const;

/** When to start a dead engine again: at once, then slower, then not at all. */
export class RestartPolicy {
  readonly limit = delaysMs.length + 1;
  private inARow = 0;
  private upSinceMs: number | undefined;

  cameUp(nowMs: number): void {
    this.upSinceMs = nowMs;
  }

  /** How long to wait before the next start; undefined when there should be none. */
  died(nowMs: number): number | undefined {
    if (this.upSinceMs !== undefined && nowMs - this.upSinceMs >= soundMs) this.inARow = 0;
    this.upSinceMs = undefined;
    const delayMs = delaysMs[this.inARow];
    this.inARow++;
    return delayMs;
  }
}
