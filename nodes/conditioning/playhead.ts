/**
 * A place in a score that moves with engine frames: seconds of a file, steps of a pattern. It is known from the frame
 * at which its speed last changed, so it is the same however time is cut into ticks. Nothing allocates.
 */
export class Playhead {
  /** Where it was, in fractions of a frame, and what it has moved by per frame since. */
  #frame = 0;
  #position = 0;
  #speed = 0;

  /** At `frame`, which may lie between two, it is at `position`. */
  jump(frame: number, position: number): void {
    this.#frame = frame;
    this.#position = position;
  }

  /** Units of the score per frame, from `frame` on; 0 holds it. */
  setSpeed(frame: number, speed: number): void {
    if (speed === this.#speed) return;
    this.jump(frame, this.positionAt(frame));
    this.#speed = speed;
  }

  positionAt(frame: number): number {
    return this.#position + (frame - this.#frame) * this.#speed;
  }

  /** When it comes to `position`, in fractions of a frame; what lies behind comes at once. Infinity when it never does. */
  timeOf(position: number): number {
    const way = position - this.#position;
    if (way <= 0) return this.#frame;
    return this.#speed > 0 ? this.#frame + way / this.#speed : Number.POSITIVE_INFINITY;
  }

  /** The nearest frame to that. */
  frameOf(position: number): number {
    return Math.round(this.timeOf(position));
  }
}
