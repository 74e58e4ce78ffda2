import { largest, median } from './order-statistics.js';

/** What repeats of one measurement come to. */
export interface Spread {
  readonly median: number;
  readonly worst: number;
}

/** Of one value at least. */
export function spreadOf(values: ArrayLike<number>): Spread {
  return { median: median(values), worst: largest(values) };
}
