import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ModelError } from '../errors.js';
import { CHECKPOINT_PREFIX, type TensorSpec, tensorLayout, whyNotRecurrent } from './layout.js';
import { MANIFEST_FILE } from './load.js';
import { checkManifest } from './manifest.js';
import { checkModePairs } from './mode-tensors.js';
import { narrowestFormat } from './quantised.js';
import { encodeSafetensors, type SavedTensor } from './safetensors.js';
import { entriesOf } from './stored-tensor.js';
import { checkFinite, checkShape } from './tensor-checks.js';
import type { Bundle, BundleManifest, Tensor } from './types.js';

export const WEIGHTS_FILE = 'weights.safetensors';
export const CARD_FILE = 'README.md';

/** A manifest before its weights are hashed. */
export type ManifestDraft = Omit<BundleManifest, 'weights' | 'format' | 'formatVersion'>;

/**
 * Completes a manifest and checks every tensor against the layout. Throws MODEL_TENSOR_*, MODEL_MANIFEST.
 * Returns what `loadBundle` of the written folder returns, and the bytes of the weights file.
 */
export function sealBundle(
  draft: ManifestDraft,
  tensors: ReadonlyMap<string, Tensor>,
): { bundle: Bundle; weights: Uint8Array } {
  const ordered = new Map<string, Tensor>();
  for (const spec of layoutOf(draft, tensors)) {
    const tensor = tensors.get(spec.name);
    if (tensor === undefined) {
      if (spec.optional) continue;
      throw new ModelError(
        'MODEL_TENSOR_MISSING',
        `Expected tensor ${spec.name} but received none of that name.`,
      );
    }
    checkShape(spec.name, spec.shape, tensor.shape);
    checkFinite(spec.name, tensor.data);
    ordered.set(spec.name, tensor);
  }
  checkModePairs(ordered);
  const entries = widestFirst([...ordered].flatMap(([name, tensor]) => entriesOf(name, tensor)));
  const weights = encodeSafetensors(entries, { format: 'sashimi-live/bundle', ...tensorHashes(entries) });
  const format = narrowestFormat(ordered.values());
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const manifest = checkManifest({
    format: 'sashimi-live/bundle',
    formatVersion: 1,
    ...draft,
    weights: {
      file: WEIGHTS_FILE,
      bytes: weights.byteLength,
      sha256,
      ...(format === 'f32' ? {} : { format }),
    },
  });
  return { bundle: { manifest, tensors: ordered }, weights };
}

/** What a bundle of this architecture has; of a model that no stepper runs, whatever its checkpoint had. */
function layoutOf(draft: ManifestDraft, tensors: ReadonlyMap<string, Tensor>): TensorSpec[] {
  if (whyNotRecurrent(draft.architecture) === undefined) {
    return tensorLayout(draft.architecture, draft.quantiser.levels, draft.conditioning);
  }
  return [...tensors].map(([name, { shape }]) => {
    if (!name.startsWith(CHECKPOINT_PREFIX)) {
      throw new ModelError(
        'MODEL_ARGUMENT',
        `Expected a name under ${CHECKPOINT_PREFIX} but received ${name}.`,
      );
    }
    return { name, shape, optional: false };
  });
}

/** Otherwise in the given order: so every value lies at a multiple of its own size. */
function widestFirst(entries: [string, SavedTensor][]): [string, SavedTensor][] {
  return entries.sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
}

/** SHA-256 of each entry's bytes, as `sha256:NAME`: tells which tensors two bundles share. */
function tensorHashes(entries: readonly (readonly [string, SavedTensor])[]): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const [name, { data }] of entries)
    hashes[`sha256:${name}`] = createHash('sha256').update(data).digest('hex');
  return hashes;
}

/**
 * Writes a bundle folder: all of it, or nothing. The files are written into a hidden sibling of
 * `folder`, which takes its name at the end. `card` is the text of README.md.
 * Throws MODEL_OUT_EXISTS, MODEL_WRITE, or what `sealBundle` throws (before anything is written).
 */
export async function writeBundle(
  folder: string,
  draft: ManifestDraft,
  tensors: ReadonlyMap<string, Tensor>,
  card: string,
): Promise<Bundle> {
  const { bundle, weights } = sealBundle(draft, tensors);
  const target = resolve(folder);
  await refuseExisting(target);
  const staging = join(dirname(target), `.${basename(target)}-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(staging, { recursive: true });
    await writeFile(join(staging, WEIGHTS_FILE), weights);
    await writeFile(join(staging, MANIFEST_FILE), `${JSON.stringify(bundle.manifest, null, 2)}\n`);
    await writeFile(join(staging, CARD_FILE), card);
    await rename(staging, target);
  } catch (cause) {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw new ModelError(
      'MODEL_WRITE',
      `Could not write the bundle ${folder}: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
  return bundle;
}

/** Throws MODEL_OUT_EXISTS when something lies at `folder`. */
export async function refuseExisting(folder: string): Promise<void> {
  const exists = await access(folder).then(
    () => true,
    () => false,
  );
  if (exists) throw new ModelError('MODEL_OUT_EXISTS', `Expected ${folder} not to exist yet, but it does.`);
}
