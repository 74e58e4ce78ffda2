import { readFile } from 'node:fs/promises';
import { ModelError } from '../errors.js';

/**
 * The safetensors container: uint64 header length, JSON header, tensor bytes (little-endian, row-major).
 * https://github.com/huggingface/safetensors#format
 *
 * Files come from anywhere, so every number in the header is checked against the bytes that
 * are there before anything is allocated. The tensors must tile the data section: no overlap, no hole.
 */

const BYTES_PER_ELEMENT = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I8: 1, U8: 1, BOOL: 1 } as const;
/** The header of the largest SaShiMi model has 0.1 MB. */
const MAX_HEADER_BYTES = 8_000_000;

export type SafetensorsType = keyof typeof BYTES_PER_ELEMENT;

/** One tensor as it lies in the file. `bytes` is a view of the file's memory. */
export interface RawTensor {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, RawTensor>;
}

/** Reads a whole file. Throws MODEL_FILE or MODEL_SAFETENSORS. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ModelError(
      'MODEL_FILE',
      `Expected a safetensors file at ${path}: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
  return parseSafetensors(bytes);
}

/** Throws MODEL_SAFETENSORS on anything but a well-formed file. The result views `bytes`. */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  // A plain view: a Buffer's slice() would share memory where a Uint8Array's copies.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.byteLength < 8) fail(`expected at least 8 bytes but received ${file.byteLength}`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, file.byteLength - 8))) {
    fail(`the header claims ${headerBytes} bytes, but ${file.byteLength - 8} follow`);
  }
  const dataStart = 8 + Number(headerBytes);
  const header = parseHeader(file.subarray(8, dataStart));
  const data = file.subarray(dataStart);

  const tensors = new Map<string, RawTensor>();
  const spans: { name: string; begin: number; end: number }[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parseMetadata(entry);
      continue;
    }
    const { dtype, shape, begin, end } = parseEntry(name, entry, data.byteLength);
    spans.push({ name, begin, end });
    tensors.set(name, { dtype, shape, bytes: data.subarray(begin, end) });
  }
  checkTiling(spans, data.byteLength);
  return { metadata, tensors };
}

/** Any numeric type to float32. Allocates; integers beyond 2^24 lose precision. */
export function toFloat32(tensor: RawTensor): Float32Array {
  if (tensor.dtype === 'F32') {
    // Copied, not viewed: the offset in the file need not be a multiple of 4.
    return new Float32Array(tensor.bytes.slice().buffer);
  }
  return Float32Array.from(toFloat64(tensor));
}

/** Any numeric type to float64. Allocates; int64 beyond 2^53 loses precision. */
export function toFloat64(tensor: RawTensor): Float64Array {
  const { bytes, dtype } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = BYTES_PER_ELEMENT[dtype];
  const out = new Float64Array(bytes.byteLength / size);
  for (let i = 0; i < out.length; i++) out[i] = readElement(view, i * size, dtype);
  return out;
}

/** A tensor to write. The array's type is the tensor's; 16-bit words are the bits of bfloat16. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint16Array | Int8Array | Uint8Array;
}

/** The file's bytes, tensors in the given order. */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, SavedTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const parts: SavedTensor['data'][] = [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    if (elementCount(tensor.shape) !== tensor.data.length) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected ${elementCount(tensor.shape)} values for tensor ${name} of shape (${tensor.shape.join(', ')}) but received ${tensor.data.length}.`,
      );
    }
    header[name] = {
      dtype: typeOf(tensor.data),
      shape: tensor.shape,
      data_offsets: [offset, offset + tensor.data.byteLength],
    };
    parts.push(tensor.data);
    offset += tensor.data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8 align the data, as the format recommends.
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  let at = 8 + headerBytes;
  for (const part of parts) {
    file.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return file;
}

function typeOf(data: SavedTensor['data']): SafetensorsType {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Uint16Array) return 'BF16';
  if (data instanceof Int8Array) return 'I8';
  return data instanceof Uint8Array ? 'U8' : 'I64';
}

/** Number of values of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    fail(`the header is not JSON (${(cause as Error).message})`);
  }
  if (!isRecord(header)) fail('the header is not a JSON object');
  return header;
}

function parseMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== 'string')) {
    fail('__metadata__ is not an object of strings');
  }
  return entry as Record<string, string>;
}

function parseEntry(name: string, entry: unknown, dataBytes: number) {
  if (!isRecord(entry)) fail(`entry ${name} is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES_PER_ELEMENT, dtype)) {
    fail(
      `tensor ${name}: expected one of ${Object.keys(BYTES_PER_ELEMENT).join(', ')} for dtype but received ${dtype}`,
    );
  }
  if (!Array.isArray(shape) || shape.length > 16 || !shape.every(isCount)) {
    fail(`tensor ${name}: expected a list of sizes for shape but received ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    fail(`tensor ${name}: expected [begin, end] for data_offsets but received ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    fail(`tensor ${name} lies at ${begin}..${end}, but the data section has ${dataBytes} bytes`);
  }
  const type = dtype as SafetensorsType;
  // A product of sizes may round above 2^53; it is then far from any length that fits in the file.
  const expected = elementCount(shape) * BYTES_PER_ELEMENT[type];
  if (expected !== end - begin) {
    fail(
      `tensor ${name} (${dtype}, shape ${shape.join('x')}) needs ${expected} bytes but has ${end - begin}`,
    );
  }
  return { dtype: type, shape: shape as number[], begin, end };
}

function checkTiling(spans: { name: string; begin: number; end: number }[], dataBytes: number): void {
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of spans) {
    if (begin < at) fail(`tensor ${name} overlaps the one before it (${begin} < ${at})`);
    if (begin > at) fail(`the bytes ${at}..${begin} belong to no tensor`);
    at = end;
  }
  if (at !== dataBytes) fail(`the bytes ${at}..${dataBytes} belong to no tensor`);
}

function readElement(view: DataView, at: number, dtype: SafetensorsType): number {
  switch (dtype) {
    case 'F64':
      return view.getFloat64(at, true);
    case 'F32':
      return view.getFloat32(at, true);
    case 'F16':
      return halfToNumber(view.getUint16(at, true));
    case 'BF16':
      return bfloat16ToNumber(view.getUint16(at, true));
    case 'I64':
      return Number(view.getBigInt64(at, true));
    case 'I32':
      return view.getInt32(at, true);
    case 'I8':
      return view.getInt8(at);
    case 'U8':
      return view.getUint8(at);
    case 'BOOL':
      return view.getUint8(at) === 0 ? 0 : 1;
  }
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const bfloat16Word = new Uint32Array(1);
const bfloat16Value = new Float32Array(bfloat16Word.buffer);

/** The upper half of a binary32. */
export function bfloat16ToNumber(bits: number): number {
  bfloat16Word[0] = bits << 16;
  return bfloat16Value[0]!;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fail(what: string): never {
  throw new ModelError('MODEL_SAFETENSORS', `Malformed safetensors file: ${what}.`);
}
