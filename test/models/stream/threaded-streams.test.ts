/** What every stream with a thread of its own keeps to, whoever steps it. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelError } from '../../../models/errors.js';
import { openStream } from '../../../models/stream/open.js';
import { useTempFolder } from '../../support/temp-folder.js';
import {
  inlineSamples,
  nativeMissing,
  openThreaded,
  readAll,
  SAMPLING,
  threadedChoices,
  tinyOptions,
} from './streams.js';

describe(`threaded streams${nativeMissing}`, function () {
  this.timeout(60_000);
  const temp = useTempFolder();

  for (const choice of threadedChoices) {
    describe(choice, () => {
      it('gives the samples of an inline stream with the same seed', async () => {
        const options = await tinyOptions(temp.path('tiny'));
        const expected = await inlineSamples(options, choice, 2000);
        const stream = await openThreaded(options, choice);
        assert.equal(stream.mode, 'threaded');
        assert.deepEqual(await readAll(stream, 2000), expected);
        await stream.close();
      });

      it('is handed over full, and never holds more than the look-ahead', async () => {
        const stream = await openThreaded(await tinyOptions(temp.path('tiny')), choice);
        assert.equal(stream.lookAheadFrames, 128);
        assert.ok(stream.availableFrames > 128 - 32, `${stream.availableFrames}`);
        for (let i = 0; i < 20; i++) {
          await delay(2);
          assert.ok(stream.availableFrames <= 128);
          await readAll(stream, 20);
        }
        await stream.close();
      });

      it('gives fewer frames to a reader that is too fast, and goes on without a gap', async () => {
        const options = await tinyOptions(temp.path('tiny'));
        const stream = await openThreaded(options, choice);
        const block = new Float32Array(1000);
        const n = stream.read(block, 1000);
        assert.ok(n > 0 && n < 1000, `${n}`);
        const rest = await readAll(stream, 500);
        const expected = await inlineSamples(options, choice, n + 500);
        assert.deepEqual(block.subarray(0, n), expected.subarray(0, n));
        assert.deepEqual(rest, expected.subarray(n));
        await stream.close();
      });

      it('shows a change of sampling within the look-ahead', async () => {
        const options = await tinyOptions(temp.path('tiny'));
        const stream = await openThreaded(options, choice);
        const unchanged = await inlineSamples(options, choice, 700);
        await readAll(stream, 200);
        stream.setSampling({ temperature: 0, topP: 1, topK: 0 });
        const after = await readAll(stream, 500);
        const first = after.findIndex((sample, t) => sample !== unchanged[200 + t]);
        assert.ok(first >= 0, 'greedy sounds different');
        // The first greedy choice may agree with the drawn one, so the bound is loose by a few draws.
        assert.ok(first <= 128 + 32, `${first}`);
        await stream.close();
      });

      it('drops the old stream on reset and begins the new one at its first frame', async () => {
        const options = await tinyOptions(temp.path('tiny'));
        const stream = await openThreaded(options, choice);
        const expected = await inlineSamples({ ...options, seed: 77 }, choice, 600);
        for (let round = 0; round < 5; round++) {
          await readAll(stream, 50);
          stream.reset(5);
          stream.reset(77);
          assert.deepEqual(await readAll(stream, 600), expected);
        }
        await stream.close();
      });

      it('measures its load', async () => {
        const stream = await openThreaded(await tinyOptions(temp.path('tiny')), choice);
        await readAll(stream, 3000);
        assert.ok(stream.state.load > 0 && Number.isFinite(stream.state.load), `${stream.state.load}`);
        await stream.close();
      });

      it('is silent after close, and may be closed twice', async () => {
        const stream = await openThreaded(await tinyOptions(temp.path('tiny')), choice);
        await stream.close();
        await stream.close();
        assert.equal(stream.read(new Float32Array(10), 10), 0);
        assert.equal(stream.availableFrames, 0);
        stream.setSampling(SAMPLING);
        stream.reset(1);
      });

      it('runs eight at once', async () => {
        const options = await tinyOptions(temp.path('tiny'));
        const streams = await Promise.all(
          Array.from({ length: 8 }, (_, i) => openThreaded({ ...options, seed: i }, choice)),
        );
        const played = await Promise.all(streams.map((stream) => readAll(stream, 400)));
        for (const [i, samples] of played.entries()) {
          assert.deepEqual(samples, await inlineSamples({ ...options, seed: i }, choice, 400));
        }
        await Promise.all(streams.map((stream) => stream.close()));
      });
    });
  }

  it('tells by code when the worker cannot load its bundle', async () => {
    const options = await tinyOptions(temp.path('tiny'));
    await assert.rejects(
      openStream({ ...options, bundleDir: temp.path('gone'), stepper: 'reference', mode: 'threaded' }),
      (error) => error instanceof ModelError && error.code === 'MODEL_FILE',
    );
  });

  it('names the stepper and the reason', async () => {
    const options = await tinyOptions(temp.path('tiny'));
    const { stream, stepper } = await openStream({ ...options, stepper: 'auto', mode: 'inline' });
    assert.equal(stepper.kind, nativeMissing ? 'wasm' : 'native');
    assert.notEqual(stepper.reason, '');
    assert.notEqual(stepper.instructionSet, '');
    await stream.close();
  });
});
