/** Mean of the last `length` values; all values before the first are `initial`. No allocation after construction. */
export class MovingAverage {
  readonly #values: Float64Array;
  #slot = 0;
  #sum: number;
  /** Sum of this round only: replaces the running one at the end of a round, so that rounding never piles up. */
  #fresh = 0;

  constructor(length: number, initial: number) {
    this.#values = new Float64Array(length).fill(initial);
    this.#sum = initial * length;
  }

  next(value: number): number {
    this.#sum += value - this.#values[this.#slot]!;
    this.#fresh += value;
    this.#values[this.#slot] = value;
    if (++this.#slot === this.#values.length) {
      this.#slot = 0;
      this.#sum = this.#fresh;
      this.#fresh = 0;
    }
    return this.#sum / this.#values.length;
  }
}
