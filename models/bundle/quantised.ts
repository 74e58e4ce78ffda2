import { ModelError } from '../errors.js';
import type { Quantised, Tensor, WeightFormat } from './types.js';

/** The arithmetic of quantised matrices: what codes stand for, and how to get them back. */

/** From wide to narrow. */
export const WEIGHT_FORMATS: readonly WeightFormat[] = ['f32', 'bf16', 'int8', 'int4'];
/** Inputs that share a scale in int4. */
export const INT4_GROUP_SIZE = 32;
/** Both ends belong to the range; int8 is symmetric, so that a kernel may negate a code. */
export const CODE_RANGE = { int8: { min: -127, max: 127 }, int4: { min: -8, max: 7 } } as const;

/** The formats that have codes and scales; bf16 is a float of its own. */
export type CodeFormat = keyof typeof CODE_RANGE;

/** Inputs that share a scale, of a matrix with `inputs` columns. */
export function groupSizeOf(format: CodeFormat, inputs: number): number {
  return format === 'int8' ? inputs : INT4_GROUP_SIZE;
}

/** Groups of a row. */
export function groupsPerRow(format: CodeFormat, inputs: number): number {
  return format === 'int8' ? 1 : Math.ceil(inputs / INT4_GROUP_SIZE);
}

/** What the tensor is kept in. */
export function formatOf(tensor: Tensor): WeightFormat {
  return tensor.quantised?.format ?? 'f32';
}

/** The narrowest format of any tensor: what the manifest states. */
export function narrowestFormat(tensors: Iterable<Tensor>): WeightFormat {
  let narrowest = 0;
  for (const tensor of tensors) narrowest = Math.max(narrowest, WEIGHT_FORMATS.indexOf(formatOf(tensor)));
  return WEIGHT_FORMATS[narrowest]!;
}

/** A matrix (out, in) of `codes` (out, in) and `scales` (out, groupsPerRow), whose values are `fround(code * scale)`. */
export function tensorOfCodes(
  shape: readonly number[],
  format: CodeFormat,
  codes: Int8Array,
  scales: Float32Array,
): Tensor {
  const inputs = shape[1]!;
  const groupSize = groupSizeOf(format, inputs);
  const groups = groupsPerRow(format, inputs);
  const data = new Float32Array(codes.length);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / inputs);
    const group = Math.floor((i - row * inputs) / groupSize);
    data[i] = codes[i]! * scales[row * groups + group]!;
  }
  return { shape, data, quantised: { format, groupSize, scales } };
}

/** A tensor of values that bfloat16 holds exactly. */
export function tensorOfBfloat16(shape: readonly number[], data: Float32Array): Tensor {
  return { shape, data, quantised: { format: 'bf16', groupSize: 0, scales: new Float32Array() } };
}

/**
 * The codes (out, in) of a tensor with scales: the quotient of value and scale, which differs from the code by
 * no more than the rounding of one product. Throws MODEL_ARGUMENT where a value is no product of a code in range.
 */
export function codesOf(name: string, { shape, data }: Tensor, quantised: Quantised): Int8Array {
  const format = quantised.format as CodeFormat;
  const { min, max } = CODE_RANGE[format];
  const inputs = shape[1]!;
  const groups = groupsPerRow(format, inputs);
  const codes = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / inputs);
    const group = Math.floor((i - row * inputs) / quantised.groupSize);
    const scale = quantised.scales[row * groups + group]!;
    const code = Math.round(data[i]! / scale);
    if (!(code >= min && code <= max && Math.fround(code * scale) === data[i])) {
      throw new ModelError(
        'MODEL_ARGUMENT',
        `Expected tensor ${name} to hold ${min}..${max} times its scale ${scale} but received ${data[i]} at ${i}.`,
      );
    }
    codes[i] = code;
  }
  return codes;
}

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

/** The upper half of the nearest bfloat16, the even one of two that are as near; infinity beyond the largest. */
export function toBfloat16Bits(x: number): number {
  value[0] = x;
  const bits = word[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
