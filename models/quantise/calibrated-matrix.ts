import { type CodeFormat, groupsPerRow, tensorOfCodes } from '../bundle/quantised.js';
import type { Tensor } from '../bundle/types.js';
import type { Moments } from './moments.js';
import { RowRounder } from './row-rounder.js';

/** Added to every variance, as a share of their mean: inputs that hardly move must not be trusted for more. */
const DAMPING = 0.01;

/** y = W x + b. */
export interface Affine {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * Rounds a matrix so that what comes out stays what the original says of the original's inputs, in the least mean
 * square: the weights first move to where they make up for what rounding has done to their inputs, then are rounded
 * by `RowRounder`; the bias takes the mean of what is left. Weight (outputs, inputs), bias (outputs).
 */
export function roundCalibrated({ weight, bias }: Affine, moments: Moments, format: CodeFormat): Affine {
  const [outputs, inputs] = weight.shape as [number, number];
  const { exactMean, roundedMean, crossCovariance } = moments;
  const damping = DAMPING * meanVariance(moments);
  const rounder = new RowRounder(damped(moments, damping), inputs, format);
  const groups = groupsPerRow(format, inputs);
  const codes = new Int8Array(outputs * inputs);
  const scales = new Float32Array(outputs * groups);
  const wanted = new Float64Array(inputs);
  for (let row = 0; row < outputs; row++) {
    const from = row * inputs;
    for (let j = 0; j < inputs; j++) wanted[j] = damping * weight.data[from + j]!;
    for (let i = 0; i < inputs; i++) {
      const w = weight.data[from + i]!;
      for (let j = 0; j < inputs; j++) wanted[j] = wanted[j]! + w * crossCovariance[i * inputs + j]!;
    }
    rounder.solve(wanted);
    rounder.round(
      wanted,
      codes.subarray(from, from + inputs),
      scales.subarray(row * groups, (row + 1) * groups),
    );
  }
  const rounded = tensorOfCodes(weight.shape, format, codes, scales);
  const shifted = bias.data.map((value, row) => {
    let sum = value;
    for (let i = 0; i < inputs; i++) {
      const at = row * inputs + i;
      sum += weight.data[at]! * exactMean[i]! - rounded.data[at]! * roundedMean[i]!;
    }
    return sum;
  });
  return { weight: rounded, bias: { shape: bias.shape, data: shifted } };
}

function damped({ width, covariance }: Moments, damping: number): Float64Array {
  const sum = Float64Array.from(covariance);
  for (let i = 0; i < width; i++) sum[i * width + i] = sum[i * width + i]! + damping;
  return sum;
}

/** 1 for inputs that never move, which leave the choice free. */
function meanVariance({ width, covariance }: Moments): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += covariance[i * width + i]!;
  return sum / width || 1;
}
