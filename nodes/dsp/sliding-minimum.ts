/**
 * Minimum of the last `length` values, in constant time on average (a queue of candidates that only rise).
 * Starts as if all values before the first were Infinity. No allocation after construction.
 */
export class SlidingMinimum {
  readonly #length: number;
  readonly #values: Float64Array;
  /** Index at which each candidate leaves the window. */
  readonly #expiry: Float64Array;
  #first = 0;
  #count = 0;
  #index = 0;

  constructor(length: number) {
    this.#length = length;
    this.#values = new Float64Array(length);
    this.#expiry = new Float64Array(length);
  }

  next(value: number): number {
    const length = this.#length;
    if (this.#count > 0 && this.#expiry[this.#first]! <= this.#index) {
      this.#first = this.#first + 1 === length ? 0 : this.#first + 1;
      this.#count--;
    }
    while (this.#count > 0) {
      const last = (this.#first + this.#count - 1) % length;
      if (this.#values[last]! < value) break;
      this.#count--;
    }
    const slot = (this.#first + this.#count) % length;
    this.#values[slot] = value;
    this.#expiry[slot] = this.#index + length;
    this.#count++;
    this.#index++;
    return this.#values[this.#first]!;
  }
}
