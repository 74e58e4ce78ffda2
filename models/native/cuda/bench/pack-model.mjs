/**
 * Packs goldens and bundles for the bench, before it goes to a machine without Node:
 *
 *   node models/native/cuda/bench/pack-model.mjs GOLDEN_OR_BUNDLE_FOLDER...
 *
 * writes models/NAME.model beside this script: packed_model.h says what is in it. Needs the compiled TypeScript (npm run build).
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = new URL('../../../../dist/models/', import.meta.url);
const load = (file) => import(new URL(file, dist).href);
const { importCheckpoint, loadBundle } = await load('index.js');
const { configWords, packModel } = await load('native/pack.js');
const { decodeTable } = await load('sampling/quantiser.js');
const { readSafetensors, toFloat32, toFloat64 } = await load('bundle/safetensors.js');

const CHECKPOINTS = ['model.pt', 'checkpoint.ckpt', 'model.safetensors'];
const out = fileURLToPath(new URL('models', import.meta.url));
await mkdir(out, { recursive: true });

for (const folder of process.argv.slice(2).map((path) => resolve(path))) {
  const name = basename(folder);
  const { bundle, golden } = existsSync(join(folder, 'model.json'))
    ? { bundle: await loadBundle(folder), golden: [new Int32Array(0), new Float32Array(0)] }
    : await readGolden(name, folder);
  const { values, kinds, scales } = packModel(bundle);
  const arrays = [configWords(bundle), values, kinds, scales, decodeTable(bundle.manifest.quantiser), ...golden];
  const counts = Int32Array.from(arrays, (array) => array.length);
  const parts = [counts, ...arrays].map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  await writeFile(join(out, `${name}.model`), Buffer.concat([Buffer.from('SASHCUDA'), ...parts]));
  console.log(`models/${name}.model`);
}

async function readGolden(name, folder) {
  const temporary = await mkdtemp(join(tmpdir(), 'sashimi-pack-'));
  try {
    const file = CHECKPOINTS.map((checkpoint) => join(folder, checkpoint)).find((path) => existsSync(path));
    const config = join(folder, 'config.json');
    const { bundle } = await importCheckpoint({ file, config, out: join(temporary, name.replaceAll('_', '-')) });
    const { tensors } = await readSafetensors(join(folder, 'io.safetensors'));
    const ids = Int32Array.from(toFloat64(tensors.get('input_ids')));
    return { bundle, golden: [ids, toFloat32(tensors.get('logits_step'))] };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
