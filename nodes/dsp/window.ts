/** Windows for overlap-add. All are periodic: the sample after the last would be the first of the next period. */

export const windowShapes = ['hann', 'sine', 'triangle', 'rectangle'] as const;
export type WindowShape = (typeof windowShapes)[number];

/** Value at `index` of a periodic window of `length` frames, 0 to 1. */
export function windowValue(shape: WindowShape, index: number, length: number): number {
  const x = index / length;
  switch (shape) {
    case 'hann':
      return 0.5 - 0.5 * Math.cos(2 * Math.PI * x);
    case 'sine':
      return Math.sin(Math.PI * x);
    case 'triangle':
      return 1 - Math.abs(2 * x - 1);
    case 'rectangle':
      return 1;
  }
}

/** Writes a window of `length` frames into `into[0..length)`; allocates nothing. */
export function fillWindow(into: Float64Array, shape: WindowShape, length: number): void {
  for (let i = 0; i < length; i++) into[i] = windowValue(shape, i, length);
}

export function createWindow(shape: WindowShape, length: number): Float64Array {
  const window = new Float64Array(length);
  fillWindow(window, shape, length);
  return window;
}

/** Sums of the window over each phase of the hop: what a steady stream of chunks adds up to, `hop` long. */
export function overlapSums(window: Float64Array, hop: number): Float64Array {
  const sums = new Float64Array(hop);
  for (let i = 0; i < window.length; i++) sums[i % hop]! += window[i]!;
  return sums;
}

/** Constant overlap-add: windows at this hop sum to a constant above 0, within `tolerance` of it. */
export function isCola(window: Float64Array, hop: number, tolerance = 1e-9): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const sum of overlapSums(window, hop)) {
    low = Math.min(low, sum);
    high = Math.max(high, sum);
  }
  return low > 0 && high - low <= tolerance * high;
}
