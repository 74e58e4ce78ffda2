import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.js';
import { tensorLayout, whyNotRecurrent } from './layout.js';
import { parseManifest } from './manifest.js';
import { checkModePairs } from './mode-tensors.js';
import { narrowestFormat } from './quantised.js';
import { parseSafetensors, type RawTensor } from './safetensors.js';
import { readFloat32, readTensor } from './stored-tensor.js';
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
  for (const spec of tensorLayout(architecture, quantiser.levels, manifest.conditioning)) {
    const found = readTensor(spec, raw);
    if (found !== undefined) {
      tensors.set(spec.name, found);
    } else if (!spec.optional) {
      throw new ModelError(
        'MODEL_TENSOR_MISSING',
        `Expected tensor ${spec.name} of shape (${spec.shape.join(', ')}) but the weights have none of that name.`,
      );
    }
  }
  checkModePairs(tensors);
  checkFormat(manifest, tensors);
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
  return new Map([...raw].map(([name, tensor]) => [name, readFloat32(name, tensor)]));
}

/** The manifest tells what to expect before the weights are read, so it may not be wrong. */
function checkFormat({ weights }: BundleManifest, tensors: ReadonlyMap<string, Tensor>): void {
  const stated = weights.format ?? 'f32';
  const narrowest = narrowestFormat(tensors.values());
  if (stated !== narrowest) {
    throw new ModelError(
      'MODEL_MANIFEST',
      `model.json, at /weights/format: ${stated}, but the narrowest tensor is ${narrowest}.`,
    );
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
