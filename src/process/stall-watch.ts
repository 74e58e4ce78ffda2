/** Looks this often in a row at a frame that does not move before it counts as a stall: five seconds at ten looks a second. */
const patience = 50;

/**
 * Notices a frame counter that stands still. It counts looks, not time: a process that was stopped
 * and goes on must not take the pause for a stall.
 */
export class StallWatch {
  private last = -1;
  private still = 0;

  hasStalled(frame: number): boolean {
    this.still = frame === this.last ? this.still + 1 : 0;
    this.last = frame;
    return this.still >= patience;
  }
}
