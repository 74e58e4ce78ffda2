/** What repeats of one measurement come to. */
export interface Spread {
  readonly median: number;
  readonly worst: number;
}

/** Zeros for no value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}
