import { FrameRandom } from '../../models/index.js';

/** Chance that is the same again for the same seed. */
export class Dice {
  readonly #random: FrameRandom;
  #throws = 0;

  constructor(seed: number) {
    this.#random = new FrameRandom(seed);
  }

  /** [0, 1). */
  next(): number {
    return this.#random.uniform(this.#throws++);
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
