import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { loadNative } from '../../../models/native/load.js';
import { createNativeStepper } from '../../../models/native/native-stepper.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { nativeMissing } from './variants.js';

describe('loading the addon', () => {
  const temp = useTempFolder();

  it('tells what is missing and how to get it', () => {
    const loaded = loadNative(temp.path('nothing.node'));
    assert.ok(!loaded.ok);
    assert.match(loaded.reason, /has not been built/);
    assert.match(loaded.remedy, /npm run build/);
  });

  it('tells why a file that is no addon does not load', () => {
    writeFileSync(temp.path('broken.node'), 'no addon');
    const loaded = loadNative(temp.path('broken.node'));
    assert.ok(!loaded.ok);
    assert.match(loaded.reason, /does not load/);
  });

  it(`works in the main thread and four workers at once${nativeMissing}`, async function () {
    const loaded = loadNative();
    if (!loaded.ok) return this.skip();
    this.timeout(240_000);
    const expected = new Float32Array(300);
    const sampling = { temperature: 1, topP: 1, topK: 0 };
    createNativeStepper(tinyBundle(), loaded.addon).createVoice(8).stepBlock(expected, 300, sampling);

    const workers = [0, 1, 2, 3].map(() => new Worker(new URL('./load-in-worker.js', import.meta.url)));
    const results = workers.map(
      (worker) =>
        new Promise<Float32Array>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    );
    for (const samples of await Promise.all(results)) assert.deepEqual(samples, expected);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });

  it(`refuses nonsense instead of crashing${nativeMissing}`, function () {
    const loaded = loadNative();
    if (!loaded.ok) return this.skip();
    const { addon } = loaded;
    const decode = new Float32Array(256);
    const [values, kinds, scales] = [new Float32Array(3), new Int32Array(2), new Float32Array(0)];
    const refused = { code: 'MODEL_ARGUMENT' };
    assert.throws(() => addon.createModel(new Int32Array(3), values, kinds, scales, decode), refused);
    assert.throws(() => addon.createModel([] as never, values, kinds, scales, decode), refused);
    const words = Int32Array.of(8, 1, 2, 2, 0, 1, 0, 4, 0, 256, 128, 0, 4, 0);
    assert.throws(() => addon.createModel(words, values, kinds, scales, decode), refused);
    const { model } = createNativeStepper(tinyBundle(), addon);
    const voice = model.createVoice(1);
    assert.throws(() => voice.stepBlock(new Float32Array(4), 5, 1, 1, 0), refused);
    assert.throws(() => voice.stepBlock(new Float32Array(4), Number.NaN, 1, 1, 0), refused);
    assert.throws(() => voice.forceBlock(new Uint8Array(4), -1), refused);
    assert.throws(() => voice.reset.call({} as never, 1), refused);
    model.dispose();
    assert.throws(() => model.createVoice(1), /disposed/);
    voice.stepBlock(new Float32Array(4), 4, 1, 1, 0);
  });
});
