/** Promises that are under way. */
export class WorkInProgress {
  private readonly work = new Set<Promise<unknown>>();

  /** Keeps `work` until it is done, or has failed. */
  add(work: Promise<unknown>): void {
    const kept: Promise<unknown> = work.catch(() => undefined).then(() => this.work.delete(kept));
    this.work.add(kept);
  }

  get size(): number {
    return this.work.size;
  }

  /** None of them rejects. */
  all(): readonly Promise<unknown>[] {
    return [...this.work];
  }
}
