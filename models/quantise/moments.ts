import type { Frames } from './frames.js';

/** What goes into a matrix: in the original model, and in the one whose earlier matrices are rounded already. */
export interface Lanes {
  readonly exact: Frames;
  readonly rounded: Frames;
}

/** Means and second moments of the inputs of a matrix, over frames. All float64, matrices (width, width) row-major. */
export interface Moments {
  readonly width: number;
  readonly exactMean: Float64Array;
  readonly roundedMean: Float64Array;
  /** Covariance of the rounded inputs. */
  readonly covariance: Float64Array;
  /** Covariance of exact input i with rounded input j. */
  readonly crossCovariance: Float64Array;
}

/** Frames that one pass over the sums takes in: four products share one load and one store. */
const PANEL_FRAMES = 4;

export function measureMoments({ exact, rounded }: Lanes): Moments {
  const { width, numFrames } = exact;
  const exactMean = meansOf(exact);
  const roundedMean = meansOf(rounded);
  const covariance = new Float64Array(width * width);
  const crossCovariance = new Float64Array(width * width);
  const e = new Float64Array(PANEL_FRAMES * width);
  const r = new Float64Array(PANEL_FRAMES * width);
  for (let t = 0; t < numFrames; t += PANEL_FRAMES) {
    const count = Math.min(PANEL_FRAMES, numFrames - t);
    takePanel(exact, exactMean, t, count, e);
    takePanel(rounded, roundedMean, t, count, r);
    addProducts(e, r, width, crossCovariance, false);
    addProducts(r, r, width, covariance, true);
  }
  for (let i = 0; i < width * width; i++) crossCovariance[i] = crossCovariance[i]! / numFrames;
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      covariance[j * width + i] = covariance[i * width + j] = covariance[i * width + j]! / numFrames;
    }
  }
  return { width, exactMean, roundedMean, covariance, crossCovariance };
}

/** Frames t.. as deviations from the mean, (width, PANEL_FRAMES); missing frames as zeros. */
function takePanel(
  { width, data }: Frames,
  mean: Float64Array,
  t: number,
  count: number,
  panel: Float64Array,
): void {
  if (count < PANEL_FRAMES) panel.fill(0);
  for (let f = 0; f < count; f++) {
    const from = (t + f) * width;
    for (let h = 0; h < width; h++) panel[h * PANEL_FRAMES + f] = data[from + h]! - mean[h]!;
  }
}

function addProducts(
  a: Float64Array,
  b: Float64Array,
  width: number,
  sums: Float64Array,
  isUpperOnly: boolean,
): void {
  for (let i = 0; i < width; i++) {
    const a0 = a[4 * i]!;
    const a1 = a[4 * i + 1]!;
    const a2 = a[4 * i + 2]!;
    const a3 = a[4 * i + 3]!;
    const row = i * width;
    for (let j = isUpperOnly ? i : 0; j < width; j++) {
      const at = 4 * j;
      sums[row + j] = sums[row + j]! + (a0 * b[at]! + a1 * b[at + 1]! + a2 * b[at + 2]! + a3 * b[at + 3]!);
    }
  }
}

function meansOf({ width, numFrames, data }: Frames): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0, h = 0; i < data.length; i++) {
    mean[h] = mean[h]! + data[i]!;
    h = h + 1 === width ? 0 : h + 1;
  }
  return mean.map((sum) => sum / numFrames);
}
