import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.js';
import { type TensorSpec, tensorLayout, whyNotRecurrent } from './layout.js';
import { parseManifest } from './manifest.js';
import { parseSafetensors, type RawTensor, toFloat32 } from './safetensors.js';
import type { Bundle, BundleManifest, Tensor } from './types.js';

export const MANIFEST_FILE = 'model.json';

/**
 * Reads and checks a whole bundle: manifest, size and hash of the weights, and that every tensor
 * of the architecture is there, of its shape, and finite. After this no stepper needs to check anything.
 * Throws a ModelError. Off the audio path.
 */
export async function loadBundle(folder: string): Promise<Bundle> {
  const manifest = await loadManifest(folder);
  const file = await readWeights(join(folder, manifest.weights.file), manifest);
  const raw = parseSafetensors(file).tensors;
  const { architecture, quantiser } = manifest;
  if (whyNotRecurrent(architecture) !== undefined) return { manifest, tensors: keptTensors(raw) };
  const tensors = new Map<string, Tensor>();
  for (const spec of tensorLayout(architecture, quantiser.levels)) {
    const found = raw.get(spec.name);
    if (found !== undefined) {
      tensors.set(spec.name, checkTensor(spec, found));
    } else if (!spec.optional) {
      throw new ModelError(
        'MODEL_TENSOR_MISSING',
        `Expected tensor ${spec.name} of shape (${spec.shape.join(', ')}) but the weights have none of that name.`,
      );
    }
  }
  return { manifest, tensors };
}

/** Only model.json, for lists and info. Throws MODEL_FILE, MODEL_MANIFEST or MODEL_VERSION. */
export async function loadManifest(folder: string): Promise<BundleManifest> {
  const path = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelError(
      'MODEL_FILE',
      `Expected a bundle with a ${MANIFEST_FILE} in ${folder}: ${reason(cause)}.`,
      {
        cause,
        remedy: 'Pass the folder of a bundle, such as models/zoo/shore.',
      },
    );
  }
  return parseManifest(text);
}

async function readWeights(path: string, manifest: BundleManifest): Promise<Uint8Array> {
  const { bytes: expectedBytes, sha256 } = manifest.weights;
  let file: Uint8Array;
  try {
    // The size is checked first, so that a wrong file is not read whole.
    const { size } = await stat(path);
    if (size !== expectedBytes) {
      throw new ModelError(
        'MODEL_WEIGHTS_SIZE',
        `Expected ${expectedBytes} bytes in ${path} but received ${size}.`,
      );
    }
    file = await readFile(path);
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('MODEL_FILE', `Expected the weights at ${path}: ${reason(cause)}.`, { cause });
  }
  const received = createHash('sha256').update(file).digest('hex');
  if (received !== sha256) {
    throw new ModelError(
      'MODEL_WEIGHTS_HASH',
      `Expected SHA-256 ${sha256} for ${path} but received ${received}.`,
    );
  }
  return file;
}

/** Of a model that no stepper runs: what the checkpoint had, whatever its shape. */
function keptTensors(raw: ReadonlyMap<string, RawTensor>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of raw) {
    tensors.set(name, checkTensor({ name, shape: tensor.shape, optional: true }, tensor));
  }
  return tensors;
}

function checkTensor(spec: TensorSpec, raw: RawTensor): Tensor {
  if (raw.dtype !== 'F32') {
    throw new ModelError(
      'MODEL_TENSOR_SHAPE',
      `Expected F32 for tensor ${spec.name} but received ${raw.dtype}.`,
    );
  }
  if (!sameShape(spec.shape, raw.shape)) {
    throw new ModelError(
      'MODEL_TENSOR_SHAPE',
      `Expected shape (${spec.shape.join(', ')}) for tensor ${spec.name} but received (${raw.shape.join(', ')}).`,
    );
  }
  const data = valuesOf(raw);
  checkFinite(spec.name, data);
  return { shape: spec.shape, data };
}

/** A view of the file's memory where it is aligned, as our own files are: nothing is copied at load. */
function valuesOf(raw: RawTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = raw.bytes;
  const size = Float32Array.BYTES_PER_ELEMENT;
  return byteOffset % size === 0 ? new Float32Array(buffer, byteOffset, byteLength / size) : toFloat32(raw);
}

/** Throws MODEL_TENSOR_VALUE at the first value that is not finite. */
export function checkFinite(name: string, data: Float32Array): void {
  // x - x is 0 but for what is not finite: one pass without a branch per value.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new ModelError(
        'MODEL_TENSOR_VALUE',
        `Expected finite values in tensor ${name} but received ${data[i]} at ${i}.`,
      );
    }
  }
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
