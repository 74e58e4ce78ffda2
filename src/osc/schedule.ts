/**
 * What is to happen later, bounded. Messages for the audio thread are handed over shortly before
 * their frame, so that its own queue stays short however much is planned, and are stamped anew
 * then: an hour of drift between the clocks is known by that time.
 */

/** Messages due sooner than this go to the audio thread at once. */
export const HAND_OVER_MS = 500;
export const MAX_SCHEDULED = 8192;

export class Schedule {
  private numScheduled = 0;

  constructor(private readonly ports: { later(delayMs: number, action: () => void): void }) {}

  /** Runs `action` after `delayMs`, at once for 0. False when too much is scheduled. */
  at(delayMs: number, action: () => void): boolean {
    if (delayMs <= 0) {
      action();
      return true;
    }
    if (this.numScheduled >= MAX_SCHEDULED) return false;
    this.numScheduled++;
    this.ports.later(delayMs, () => {
      this.numScheduled--;
      action();
    });
    return true;
  }

  /** Runs `action` HAND_OVER_MS before `delayMs` is over, at once when that is past; it is told whether it was held. */
  handOver(delayMs: number, action: (isHeld: boolean) => void): boolean {
    const holdMs = delayMs - HAND_OVER_MS;
    return this.at(holdMs, () => action(holdMs > 0));
  }
}
