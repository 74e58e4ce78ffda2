/** A straight ramp between two values: what makes a switch inaudible. */
export class Fade {
  readonly #frames: number;
  /** Counted in frames of the way, so that arriving is exact. */
  #position: number;

  /** `frames` for the way from 0 to 1. */
  constructor(frames: number, initial: number) {
    this.#frames = Math.max(1, frames);
    this.#position = initial * this.#frames;
  }

  get value(): number {
    return this.#position / this.#frames;
  }

  /** One frame towards `target`; arrives exactly. */
  next(target: number): number {
    const distance = target * this.#frames - this.#position;
    this.#position += Math.max(-1, Math.min(1, distance));
    return this.value;
  }
}
