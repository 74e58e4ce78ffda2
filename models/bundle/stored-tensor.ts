import { ModelError } from '../errors.js';
import { isMatrix, type TensorSpec } from './layout.js';
import {
  CODE_RANGE,
  type CodeFormat,
  codesOf,
  groupsPerRow,
  tensorOfBfloat16,
  tensorOfCodes,
  toBfloat16Bits,
} from './quantised.js';
import { type RawTensor, type SavedTensor, toFloat32 } from './safetensors.js';
import { checkFinite, checkShape } from './tensor-checks.js';
import type { Tensor } from './types.js';

/** How a tensor lies in weights.safetensors; docs/bundle-format.md, "Quantised matrices". */

const SCALE_SUFFIX = '.scale';
/** The dtype of the values, of the codes, or of pairs of codes. */
const FORMAT_OF_DTYPE = { F32: 'f32', BF16: 'bf16', I8: 'int8', U8: 'int4' } as const;

/** The entries of the file that hold `tensor`: its values or codes, then its scales where it has some. */
export function entriesOf(name: string, tensor: Tensor): [string, SavedTensor][] {
  const { shape, data, quantised } = tensor;
  if (quantised === undefined) return [[name, { shape, data }]];
  if (quantised.format === 'bf16') return [[name, { shape, data: bfloat16Bits(name, data) }]];
  const [outputs, inputs] = shape as [number, number];
  const { format, scales } = quantised;
  checkScales(name, scales);
  const codes = codesOf(name, tensor, quantised);
  const saved: SavedTensor =
    format === 'int8'
      ? { shape, data: codes }
      : { shape: [outputs, Math.ceil(inputs / 2)], data: pack(codes, inputs) };
  return [
    [name, saved],
    [name + SCALE_SUFFIX, { shape: scaleShape(format, outputs, inputs), data: scales }],
  ];
}

/** Of a file's tensors, the one that `spec` names; undefined when it is not there. Throws MODEL_TENSOR_*. */
export function readTensor(spec: TensorSpec, raw: ReadonlyMap<string, RawTensor>): Tensor | undefined {
  const { name, shape } = spec;
  const found = raw.get(name);
  if (found === undefined) return undefined;
  const format = FORMAT_OF_DTYPE[found.dtype as keyof typeof FORMAT_OF_DTYPE];
  if (format === undefined || (format !== 'f32' && !isMatrix(spec))) {
    const expected = isMatrix(spec) ? Object.keys(FORMAT_OF_DTYPE).join(', ') : 'F32';
    throw new ModelError(
      'MODEL_TENSOR_SHAPE',
      `Expected ${expected} for tensor ${name} but received ${found.dtype}.`,
    );
  }
  if (format === 'int8' || format === 'int4')
    return readCodes(spec, format, found, raw.get(name + SCALE_SUFFIX));
  checkShape(name, shape, found.shape);
  const data = format === 'f32' ? valuesOf(found) : toFloat32(found);
  checkFinite(name, data);
  return format === 'f32' ? { shape, data } : tensorOfBfloat16(shape, data);
}

/** Any F32 tensor, of whatever shape: for models that are only kept. Throws MODEL_TENSOR_*. */
export function readFloat32(name: string, raw: RawTensor): Tensor {
  return readTensor({ name, shape: raw.shape, optional: true }, new Map([[name, raw]]))!;
}

function readCodes(
  { name, shape }: TensorSpec,
  format: CodeFormat,
  raw: RawTensor,
  rawScale: RawTensor | undefined,
): Tensor {
  const [outputs, inputs] = shape as [number, number];
  checkShape(name, format === 'int8' ? shape : [outputs, Math.ceil(inputs / 2)], raw.shape);
  const scaleName = name + SCALE_SUFFIX;
  if (rawScale === undefined) {
    throw new ModelError(
      'MODEL_TENSOR_MISSING',
      `Expected tensor ${scaleName} beside the codes of ${name} but the weights have none of that name.`,
    );
  }
  if (rawScale.dtype !== 'F32') {
    throw new ModelError(
      'MODEL_TENSOR_SHAPE',
      `Expected F32 for tensor ${scaleName} but received ${rawScale.dtype}.`,
    );
  }
  checkShape(scaleName, scaleShape(format, outputs, inputs), rawScale.shape);
  const scales = valuesOf(rawScale);
  checkScales(scaleName, scales);
  const codes = format === 'int8' ? int8Codes(name, raw.bytes) : unpack(name, raw.bytes, outputs, inputs);
  const tensor = tensorOfCodes(shape, format, codes, scales);
  checkFinite(name, tensor.data);
  return tensor;
}

/** One row has one scale in int8 and one per group in int4. */
function scaleShape(format: CodeFormat, outputs: number, inputs: number): number[] {
  return format === 'int8' ? [outputs] : [outputs, groupsPerRow(format, inputs)];
}

function checkScales(name: string, scales: Float32Array): void {
  for (const [i, scale] of scales.entries()) {
    // Zero is refused too: no code could be got back from its product.
    if (scale > 0 && scale < Number.POSITIVE_INFINITY) continue;
    throw new ModelError(
      'MODEL_TENSOR_VALUE',
      `Expected scales above 0 and finite in tensor ${name} but received ${scale} at ${i}.`,
    );
  }
}

function int8Codes(name: string, bytes: Uint8Array): Int8Array {
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { min } = CODE_RANGE.int8;
  const at = codes.findIndex((code) => code < min);
  if (at >= 0) codeFault(name, `codes from ${min} to ${CODE_RANGE.int8.max}`, `${codes[at]} at ${at}`);
  return codes;
}

/** Two codes a byte, two's complement, the earlier input in the lower half; of odd rows the last half is 0. */
function pack(codes: Int8Array, inputs: number): Uint8Array {
  const outputs = codes.length / inputs;
  const rowBytes = Math.ceil(inputs / 2);
  const bytes = new Uint8Array(outputs * rowBytes);
  for (let row = 0; row < outputs; row++) {
    for (let i = 0; i < inputs; i++) {
      bytes[row * rowBytes + (i >> 1)]! |= (codes[row * inputs + i]! & 15) << (4 * (i & 1));
    }
  }
  return bytes;
}

function unpack(name: string, bytes: Uint8Array, outputs: number, inputs: number): Int8Array {
  const rowBytes = Math.ceil(inputs / 2);
  const codes = new Int8Array(outputs * inputs);
  for (let row = 0; row < outputs; row++) {
    for (let i = 0; i < inputs; i++) {
      const half = bytes[row * rowBytes + (i >> 1)]! >> (4 * (i & 1));
      codes[row * inputs + i] = ((half & 15) ^ 8) - 8;
    }
    const last = bytes[(row + 1) * rowBytes - 1]!;
    if (inputs % 2 === 1 && last > 15)
      codeFault(name, `0 in the unused half byte of row ${row}`, `${last >> 4}`);
  }
  return codes;
}

function codeFault(name: string, expected: string, received: string): never {
  throw new ModelError(
    'MODEL_TENSOR_VALUE',
    `Expected ${expected} in tensor ${name} but received ${received}.`,
  );
}

function bfloat16Bits(name: string, data: Float32Array): Uint16Array {
  const bits = Uint16Array.from(data, toBfloat16Bits);
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const at = words.findIndex((word, i) => word !== bits[i]! * 0x10000);
  if (at >= 0) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected values that bfloat16 holds in tensor ${name} but received ${data[at]} at ${at}.`,
    );
  }
  return bits;
}

/** A view of the file's memory where it is aligned, as our own files are: nothing is copied at load. */
function valuesOf(raw: RawTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = raw.bytes;
  const size = Float32Array.BYTES_PER_ELEMENT;
  return byteOffset % size === 0 ? new Float32Array(buffer, byteOffset, byteLength / size) : toFloat32(raw);
}
