/** Of looks at ten a second: five seconds. */
export const stallLooks = 50;

/**
 * Notices a frame counter that stands still, or any other that is to move. It counts looks, not time: a process that was stopped
 * and goes on must not take the pause for a stall.
 */
export class StallWatch {
  private last = -1;
  private still = 0;

  /** `patience`: it looks this often in a row at a count that does not move before that counts as a stall. */
  constructor(private readonly patience: number = stallLooks) {}

  hasStalled(count: number): boolean {
    this.still = count === this.last ? this.still + 1 : 0;
    this.last = count;
    return this.still >= this.patience;
  }
}
