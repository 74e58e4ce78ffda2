import {
  CODE_RANGE,
  type CodeFormat,
  groupSizeOf,
  groupsPerRow,
  tensorOfBfloat16,
  tensorOfCodes,
  toBfloat16Bits,
} from '../bundle/quantised.js';
import { bfloat16ToNumber } from '../bundle/safetensors.js';
import type { Tensor, WeightFormat } from '../bundle/types.js';

/** The matrix in `format`, every value for itself: the nearest that the format has. */
export function roundNearest({ shape, data }: Tensor, format: Exclude<WeightFormat, 'f32'>): Tensor {
  if (format === 'bf16') {
    return tensorOfBfloat16(
      shape,
      data.map((value) => bfloat16ToNumber(toBfloat16Bits(value))),
    );
  }
  const inputs = shape[1]!;
  const groupSize = groupSizeOf(format, inputs);
  const scales: number[] = [];
  const codes = new Int8Array(data.length);
  for (let start = 0; start < data.length; start += inputs) {
    for (let group = 0; group < groupsPerRow(format, inputs); group++) {
      const from = start + group * groupSize;
      const values = data.subarray(from, Math.min(from + groupSize, start + inputs));
      const scale = widestScale(values, format);
      scales.push(scale);
      for (const [i, value] of values.entries()) codes[from + i] = nearestCode(value, scale, format);
    }
  }
  return tensorOfCodes(shape, format, codes, Float32Array.from(scales));
}

/** The scale at which the largest value is the largest code. Of zeros 1: a scale is above 0. */
export function widestScale(values: Iterable<number>, format: CodeFormat): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  // A scale that float32 rounds to 0 could not be divided by.
  return Math.fround(largest / CODE_RANGE[format].max) || 1;
}

export function nearestCode(value: number, scale: number, format: CodeFormat): number {
  const { min, max } = CODE_RANGE[format];
  return Math.min(max, Math.max(min, Math.round(value / scale)));
}
