import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavedTensor } from '../../models/bundle/safetensors.js';
import { encodeSafetensors, parseSafetensors, type RawTensor } from '../../models/index.js';

/** Changes the tensors of a bundle folder and makes the manifest agree with them, as a careful forger would. */
export async function forgeTensors(
  folder: string,
  change: (tensors: Map<string, SavedTensor>) => void,
): Promise<void> {
  const { tensors } = parseSafetensors(await readFile(join(folder, 'weights.safetensors')));
  const saved = new Map([...tensors].map(([name, tensor]) => [name, savedTensor(tensor)]));
  change(saved);
  const weights = encodeSafetensors(saved);
  await writeFile(join(folder, 'weights.safetensors'), weights);
  await forgeManifest(folder, (manifest) => {
    Object.assign(manifest.weights as object, {
      bytes: weights.length,
      sha256: createHash('sha256').update(weights).digest('hex'),
    });
  });
}

export async function forgeManifest(
  folder: string,
  change: (manifest: Record<string, unknown>) => void,
): Promise<void> {
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  change(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

function savedTensor({ dtype, shape, bytes }: RawTensor): SavedTensor {
  const { buffer } = bytes.slice();
  switch (dtype) {
    case 'F32':
      return { shape, data: new Float32Array(buffer) };
    case 'BF16':
      return { shape, data: new Uint16Array(buffer) };
    case 'I8':
      return { shape, data: new Int8Array(buffer) };
    case 'U8':
      return { shape, data: new Uint8Array(buffer) };
    default:
      throw new Error(`no bundle of ours holds ${dtype}`);
  }
}
