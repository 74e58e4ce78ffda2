/** Control that applies at its frame: planned in every stream, rolled back in native ones. */
import assert from 'node:assert/strict';
import type { Sampling } from '../../../models/stepper.js';
import { openStream } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { useTempFolder } from '../../support/temp-folder.js';
import {
  assertLive,
  nativeMissing,
  readAll,
  SAMPLING,
  settled,
  type TinyOptions,
  tinyOptions,
} from './streams.js';

const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };
const HOT: Sampling = { temperature: 1.7, topP: 1, topK: 0 };

/** What an inline stream gives that changes at these frames. */
async function planned(
  options: TinyOptions,
  stepper: 'native' | 'reference',
  count: number,
  changes: readonly (readonly [number, Sampling])[],
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
  for (const [frame, sampling] of changes) stream.planSampling(frame, sampling);
  const out = new Float32Array(count);
  for (let t = 0; t < count; t += 70) stream.read(out.subarray(t), Math.min(70, count - t));
  await stream.close();
  return out;
}

describe('control of streams', function () {
  this.timeout(60_000);
  const temp = useTempFolder();

  it('inline: a plan applies at its frame, at any block size, and a later word replaces it', async () => {
    const options = await tinyOptions(temp.path('tiny'));
    const { stream } = await openStream({ ...options, stepper: 'reference', mode: 'inline' });
    const out = new Float32Array(600);
    stream.planSampling(100, HOT);
    stream.planSampling(150, GREEDY);
    stream.planSampling(130, SAMPLING);
    stream.read(out, 110);
    assert.equal(stream.position, 110);
    stream.planSampling(400, HOT);
    stream.read(out.subarray(110), 490);
    const expected = await planned(options, 'reference', 600, [
      [100, HOT],
      [130, SAMPLING],
      [400, HOT],
    ]);
    assert.deepEqual(out, expected);
    stream.planSampling(700, HOT);
    stream.setSampling(SAMPLING);
    assert.notDeepEqual(out, await planned(options, 'reference', 600, []));
    await stream.close();
  });

  it('a worker is never rolled back, says so, and applies plans about where they belong', async () => {
    const options = await tinyOptions(temp.path('tiny'));
    const { stream } = await openStream({ ...options, stepper: 'reference', mode: 'threaded' });
    stream.reset(3);
    await settled(stream);
    stream.planSampling(400, GREEDY);
    const out = await readAll(stream, 1000);
    const before = await planned(options, 'reference', 1000, []);
    assert.deepEqual(out.subarray(0, 400 - 43 - 48), before.subarray(0, 400 - 43 - 48));
    assert.notDeepEqual(out, before);
    const { state } = stream;
    assert.equal(state.rollback, 'off');
    assert.equal(state.controlLatencyFrames, 128);
    assert.equal(
      Object.values(state.xrunCauses).reduce((sum, count) => sum + count, 0),
      state.xruns,
    );
    await stream.close();
  });

  describe(`native${nativeMissing}`, () => {
    before(function () {
      if (nativeMissing) this.skip();
    });

    const open = async (
      options: TinyOptions,
      minRollbackSpeed: number,
      rollbackLookAheadFrames = 128,
    ): Promise<ModelStream> => {
      const { stream } = await openStream({
        ...options,
        stepper: 'native',
        mode: 'threaded',
        rollbackLookAheadFrames,
        minRollbackSpeed,
      });
      stream.reset(3);
      await settled(stream);
      return stream;
    };

    it('a change shows at the frame after the read, and all samples are those of an offline run', async () => {
      const options = await tinyOptions(temp.path('tiny'));
      await assertLive(
        { ...options, rollbackLookAheadFrames: 128, minRollbackSpeed: 0 },
        async (stream, read) => {
          stream.reset(3);
          await settled(stream);
          const changes: (readonly [number, Sampling])[] = [];
          const out = new Float32Array(64 * 60);
          for (let i = 0; i < 60; i++) {
            await settled(stream);
            const sampling = i % 12 === 3 ? HOT : i % 12 === 9 ? SAMPLING : undefined;
            if (sampling) stream.setSampling(sampling);
            assert.equal(read(out.subarray(64 * i), 64), 64);
            if (sampling) changes.push([stream.position, sampling]);
          }
          // The last one is counted once it is made.
          await settled(stream);
          return { out, changes, ...stream.state };
        },
        ({ out, changes }) => planned(options, 'native', out.length, changes),
        (run) => {
          assert.equal(run.rollbacks, 10);
          assert.ok(run.framesSteppedAgain > 0);
          // The read at which it was set, and nothing of the look-ahead.
          assert.equal(run.controlLatencyFrames, 64);
          assert.equal(run.xruns, 0);
        },
      );
    });

    it('plans beyond the look-ahead apply at their frame without rollback, also when there is none', async () => {
      const options = await tinyOptions(temp.path('tiny'));
      for (const minRollbackSpeed of [0, Number.POSITIVE_INFINITY]) {
        const stream = await open(options, minRollbackSpeed, 512);
        assert.equal(stream.planAheadFrames, minRollbackSpeed === 0 ? 512 : 128);
        stream.planSampling(601, HOT);
        stream.planSampling(700, SAMPLING);
        const out = await readAll(stream, 1500);
        const expected = await planned(options, 'native', 1500, [
          [601, HOT],
          [700, SAMPLING],
        ]);
        assert.deepEqual(out, expected);
        assert.equal(stream.state.rollbacks, 0);
        assert.equal(stream.state.rollback, minRollbackSpeed === 0 ? 'ready' : 'off');
        await stream.close();
      }
    });

    it('without rollback a change shows where the write head was, within a sub-block of what is told', async () => {
      const options = await tinyOptions(temp.path('tiny'));
      const stream = await open(options, Number.POSITIVE_INFINITY, 512);
      const out = new Float32Array(2000);
      out.set(await readAll(stream, 500));
      await settled(stream);
      const head = stream.availableFrames;
      stream.setSampling(HOT);
      assert.equal(stream.read(out.subarray(500), 60), 60);
      const { controlLatencyFrames } = stream.state;
      assert.ok(head <= controlLatencyFrames && head > controlLatencyFrames - 32, `${head}`);
      out.set(await readAll(stream, 1440), 560);
      assert.deepEqual(out, await planned(options, 'native', out.length, [[500 + head, HOT]]));
      await stream.close();
    });

    it('without head-room says so, keeps the short look-ahead and counts it as latency', async () => {
      const stream = await open(await tinyOptions(temp.path('tiny')), 1e12, 512);
      await readAll(stream, 43);
      const { rollback, lookAheadFrames, controlLatencyFrames } = stream.state;
      assert.equal(rollback, 'no-headroom');
      assert.equal(lookAheadFrames, 128);
      assert.equal(controlLatencyFrames, 128, 'the read does not come on top');
      await stream.close();
    });
  });
});
