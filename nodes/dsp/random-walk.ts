import { hashRandom } from './hash-random.js';

/** Random numbers that each step has. */
const DRAWS = 2;

/**
 * A walk over whole numbers that stays in its range: the same seed and ranges, the same walk. Steps are
 * numbered, and the draws of a step belong to its number. Nothing allocates.
 */
export class RandomWalk {
  readonly #seed: number;
  /** Steps taken. */
  #count = 0;
  #place = 0;

  /** `seed` is a uint32. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Where it is after the last step. */
  get place(): number {
    return this.#place;
  }

  /**
   * Goes on to another number, any that is at most `maxStep` away and within [low, high], all alike; those are whole and
   * in order. It stays where there is none. It begins anywhere in the range; from outside a new one it comes in at the
   * nearest end.
   */
  step(low: number, high: number, maxStep: number): number {
    const draw = hashRandom(this.#seed, this.#count * DRAWS);
    if (this.#count === 0) this.#place = low + Math.floor(draw * (high - low + 1));
    else if (this.#place < low || this.#place > high)
      this.#place = Math.min(high, Math.max(low, this.#place));
    else {
      const first = Math.max(low, this.#place - maxStep);
      const others = Math.min(high, this.#place + maxStep) - first;
      const next = first + Math.floor(draw * others);
      // Where it is, is none of the others.
      if (others > 0) this.#place = next < this.#place ? next : next + 1;
    }
    this.#count++;
    return this.#place;
  }

  /** Of the last step: in [0, 1), independent of where it went. */
  chance(): number {
    return hashRandom(this.#seed, (this.#count - 1) * DRAWS + 1);
  }
}
