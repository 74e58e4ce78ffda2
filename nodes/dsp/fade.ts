/** A straight ramp between two values: what makes a switch inaudible. */
export class Fade {
  readonly #perFrame: number;
  #value: number;

  /** `frames` for the way from 0 to 1. */
  constructor(frames: number, initial: number) {
    this.#perFrame = 1 / Math.max(1, frames);
    this.#value = initial;
  }

  get value(): number {
    return this.#value;
  }

  /** One frame towards `target`; arrives exactly. */
  next(target: number): number {
    const distance = target - this.#value;
    if (Math.abs(distance) <= this.#perFrame) this.#value = target;
    else this.#value += Math.sign(distance) * this.#perFrame;
    return this.#value;
  }
}
