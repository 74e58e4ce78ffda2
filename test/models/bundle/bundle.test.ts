import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBundle, writeBundle } from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { tinyBundleParts } from '../../support/tiny-bundle.js';

/** Writes the tiny bundle, lets `damage` at its folder, and hands the folder to `check`. */
async function withBundle(
  damage: (folder: string) => Promise<void>,
  check: (folder: string) => Promise<void>,
) {
  await withTemporaryFolder(async (temporary) => {
    const folder = join(temporary, 'tiny');
    const { draft, tensors } = tinyBundleParts();
    await writeBundle(folder, draft, tensors, '# Tiny\n');
    await damage(folder);
    await check(folder);
  });
}

/** Changes the weights' bytes and makes the manifest agree with them, as a careful forger would. */
async function forgeWeights(folder: string, change: (weights: Buffer) => Buffer): Promise<void> {
  const weights = change(await readFile(join(folder, 'weights.safetensors')));
  await writeFile(join(folder, 'weights.safetensors'), weights);
  const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as { weights: object };
  Object.assign(manifest.weights, {
    bytes: weights.length,
    sha256: createHash('sha256').update(weights).digest('hex'),
  });
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}

describe('bundle folder', () => {
  it('is read back as it was written', () =>
    withTemporaryFolder(async (temporary) => {
      const folder = join(temporary, 'deep', 'tiny');
      const { draft, tensors } = tinyBundleParts({ kind: 's4' });
      const written = await writeBundle(folder, draft, tensors, '# Tiny\n');
      assert.deepEqual((await readdir(folder)).sort(), ['README.md', 'model.json', 'weights.safetensors']);
      assert.deepEqual(await readdir(join(temporary, 'deep')), ['tiny']);
      const read = await loadBundle(folder);
      assert.deepEqual(read.manifest, written.manifest);
      assert.deepEqual(read.tensors, written.tensors);
    }));

  it('tells a folder without a bundle', () =>
    withTemporaryFolder((folder) => assertModelError(() => loadBundle(folder), 'MODEL_FILE', /model\.json/)));

  it('tells weights that were cut short', () =>
    withBundle(
      (folder) => truncate(join(folder, 'weights.safetensors'), 1000),
      (folder) => assertModelError(() => loadBundle(folder), 'MODEL_WEIGHTS_SIZE', /received 1000/),
    ));

  it('tells weights of which one bit changed', () =>
    withBundle(
      async (folder) => {
        const weights = await readFile(join(folder, 'weights.safetensors'));
        weights[weights.length - 1]! ^= 1;
        await writeFile(join(folder, 'weights.safetensors'), weights);
      },
      (folder) => assertModelError(() => loadBundle(folder), 'MODEL_WEIGHTS_HASH'),
    ));

  it('tells a value that is not finite', () =>
    withBundle(
      (folder) =>
        forgeWeights(folder, (weights) => {
          weights.writeFloatLE(Number.NaN, weights.length - 4);
          return weights;
        }),
      (folder) => assertModelError(() => loadBundle(folder), 'MODEL_TENSOR_VALUE', /decoder\.bias/),
    ));

  it('tells a missing tensor', () =>
    withBundle(
      (folder) => forgeWeights(folder, (weights) => rename(weights, '"decoder.bias"', '"decoder.Bias"')),
      (folder) => assertModelError(() => loadBundle(folder), 'MODEL_TENSOR_MISSING', /decoder\.bias/),
    ));

  it('tells a tensor of another shape', () =>
    withBundle(
      (folder) => forgeWeights(folder, (weights) => rename(weights, '"shape":[16,32]', '"shape":[32,16]')),
      (folder) => assertModelError(() => loadBundle(folder), 'MODEL_TENSOR_SHAPE', /\(16, 32\).*\(32, 16\)/),
    ));

  it('is not written over another', () =>
    withBundle(
      async () => undefined,
      async (folder) => {
        const { draft, tensors } = tinyBundleParts();
        await assertModelError(() => writeBundle(folder, draft, tensors, ''), 'MODEL_OUT_EXISTS');
      },
    ));

  it('leaves nothing behind when it cannot be written', () =>
    withTemporaryFolder(async (temporary) => {
      const { draft, tensors } = tinyBundleParts();
      await writeFile(join(temporary, 'file'), '');
      await assertModelError(
        () => writeBundle(join(temporary, 'file', 'tiny'), draft, tensors, ''),
        'MODEL_WRITE',
      );
      // Taken between the check and the rename: the staging folder goes, the other stays.
      const target = join(temporary, 'taken');
      const write = writeBundle(target, draft, tensors, '');
      await mkdir(target);
      await writeFile(join(target, 'mine'), '');
      await write.catch(() => undefined);
      assert.deepEqual((await readdir(temporary)).sort(), ['file', 'taken']);
    }));

  it('is not written with a tensor missing', () =>
    withTemporaryFolder(async (temporary) => {
      const { draft, tensors } = tinyBundleParts();
      tensors.delete('norm.bias');
      await assertModelError(
        () => writeBundle(join(temporary, 'tiny'), draft, tensors, ''),
        'MODEL_TENSOR_MISSING',
        /norm\.bias/,
      );
      assert.deepEqual(await readdir(temporary), []);
    }));
});

/** Replaces text of the same length in the header. */
function rename(weights: Buffer, from: string, to: string): Buffer {
  const at = weights.indexOf(from);
  assert.ok(at > 0 && from.length === to.length);
  weights.write(to, at);
  return weights;
}
