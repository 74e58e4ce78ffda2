/** Models that run away for real, in every kind of stream. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { loadBundle } from '../../../models/bundle/load.js';
import { writeBundle } from '../../../models/bundle/write.js';
import { ALL_TIERS } from '../../../models/state/mix-states.js';
import type { Sampling } from '../../../models/stepper.js';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import { openStream } from '../../../models/stream/open.js';
import { type ModelStream, RUNAWAY_CAUSES, type RunawayCause } from '../../../models/stream.js';
import { type RunawayOptions, runawayBundleParts } from '../../support/runaway-bundle.js';
import { useTempFolder } from '../../support/temp-folder.js';
import {
  assertLive,
  firstDifference,
  nativeMissing,
  type Read,
  settled,
  threadedChoices,
} from '../stream/streams.js';

const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0 };
/** At 4 kHz: it runs away after some 6 s, when there are good states. */
const ONSET_FRAMES = 24_000;
const FRAMES = 36_000;
/** Of the watchdog, at that rate. */
const WINDOW_FRAMES = 256;
const FADE_FRAMES = 160;

async function options(folder: string, runaway: RunawayOptions) {
  const { draft, tensors } = runawayBundleParts(runaway);
  await writeBundle(folder, draft, tensors, '# Runs away\n');
  const bundle = await loadBundle(folder);
  return { bundle, bundleDir: folder, seed: 3, lookAheadFrames: 512, sampling: SAMPLING };
}

type Options = Awaited<ReturnType<typeof options>>;

async function inline(given: Options, stepper: StepperChoice, block = 1000, watchdog = true) {
  const { stream } = await openStream({ ...given, stepper, mode: 'inline', watchdog });
  const out = new Float32Array(FRAMES);
  for (let t = 0; t < FRAMES; t += block) stream.read(out.subarray(t), Math.min(block, FRAMES - t));
  const { runaways, runawayCauses } = stream.state;
  await stream.close();
  return { out, runaways, runawayCauses };
}

/** Fills `out` from `from` on, waiting where the ring is dry. */
async function readInto(
  stream: ModelStream,
  out: Float32Array,
  from = 0,
  until = out.length,
  read: Read = (into, numFrames) => stream.read(into, numFrames),
): Promise<void> {
  for (let done = from, dry = 0; done < until; ) {
    const n = read(out.subarray(done), Math.min(128, until - done));
    done += n;
    if (n > 0) continue;
    assert.ok(++dry < 60_000, `the stream stopped after ${done} frames`);
    await delay(1);
  }
}

function rmsDb(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length + 1e-12);
}

describe('a model that runs away', function () {
  this.timeout(240_000);
  const temp = useTempFolder();

  const limits: Partial<Record<RunawayCause, RunawayOptions['watchdog']>> = {
    level: { maxLevelDb: -6, maxBitsPerSample: 8 },
  };

  for (const cause of RUNAWAY_CAUSES) {
    it(`${cause}: is found, plays on quietly from a good state, and is counted`, async () => {
      const given = await options(temp.path(cause), {
        cause,
        onsetFrames: ONSET_FRAMES,
        watchdog: limits[cause],
      });
      const plain = await inline(given, 'wasm', 1000, false);
      const watched = await inline(given, 'wasm');
      assert.equal(plain.runaways, 0);
      assert.ok(watched.runaways > 0);
      assert.equal(watched.runawayCauses[cause], watched.runaways, JSON.stringify(watched.runawayCauses));
      const start = firstDifference(watched.out, plain.out);
      assert.equal(start % WINDOW_FRAMES, 0, 'it goes back at the end of a window');
      const quiet = rmsDb(watched.out.subarray(0, 8000));
      const after = rmsDb(watched.out.subarray(start + FADE_FRAMES, start + FADE_FRAMES + 2000));
      assert.ok(Math.abs(after - quiet) < 1, `${after} dB after, ${quiet} dB before`);
    });
  }

  it('without a watchdog stays where it is', async () => {
    const given = await options(temp.path('noise'), { cause: 'noise', onsetFrames: ONSET_FRAMES });
    const loudBlocks = ({ out }: { readonly out: Float32Array }): number => {
      let count = 0;
      for (let t = ONSET_FRAMES; t < FRAMES; t += 1000) if (rmsDb(out.subarray(t, t + 1000)) > -20) count++;
      return count;
    };
    assert.ok(loudBlocks(await inline(given, 'wasm', 1000, false)) >= 11);
    assert.ok(loudBlocks(await inline(given, 'wasm')) <= 4);
  });

  it('is faded without a step: a model that is stuck, back to its murmur', async () => {
    const given = await options(temp.path('stuck'), { cause: 'stuck', onsetFrames: ONSET_FRAMES });
    const { out } = await inline(given, 'wasm');
    const start = firstDifference(out, (await inline(given, 'wasm', 1000, false)).out);
    const murmur = out.subarray(0, 8000).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const stuckAt = Math.abs(out[start - 1]!);
    assert.ok(stuckAt > 4 * murmur, 'a step would be heard');
    for (let t = start; t < start + FADE_FRAMES + 100; t++) {
      const step = Math.abs(out[t]! - out[t - 1]!);
      assert.ok(step <= 2 * murmur + stuckAt / FADE_FRAMES, `${step} at ${t - start} frames after it`);
    }
  });

  for (const stepper of threadedChoices) {
    it(`${stepper}: gives the same at any block size, and on a thread${nativeMissing}`, async () => {
      const given = await options(temp.path('noise'), { cause: 'noise', onsetFrames: ONSET_FRAMES });
      const expected = await inline(given, stepper);
      assert.ok(expected.runaways > 0);
      for (const block of [43, FRAMES]) {
        assert.deepEqual((await inline(given, stepper, block)).out, expected.out, `blocks of ${block}`);
      }
      const { stream } = await openStream({ ...given, stepper, mode: 'threaded', minRollbackSpeed: 0 });
      const out = new Float32Array(FRAMES);
      await readInto(stream, out);
      assert.equal(firstDifference(out, expected.out), -1);
      assert.equal(stream.state.runaways, expected.runaways);
      assert.deepEqual(stream.state.runawayCauses, expected.runawayCauses);
      stream.reset(given.seed);
      await readInto(stream, out);
      assert.equal(firstDifference(out, expected.out), -1, 'a reset begins anew');
      assert.equal(stream.state.runaways, 2 * expected.runaways, 'and counts on');
      await stream.close();
    });
  }

  it(`native: is found again, or not, by a rollback over it, and counted once${nativeMissing}`, async function () {
    if (nativeMissing) this.skip();
    const given = await options(temp.path('noise'), { cause: 'noise', onsetFrames: ONSET_FRAMES });
    const plain = await inline(given, 'native', 1000, false);
    const start = firstDifference((await inline(given, 'native')).out, plain.out);
    let expectedRunaways = 0;
    await assertLive(
      { ...given, minRollbackSpeed: 0, lookAheadFrames: 1024 },
      async (stream, read) => {
        stream.reset(given.seed);
        const changes: { frame: number; sampling: Sampling }[] = [];
        const out = new Float32Array(start + 2000);
        let done = 0;
        // Small changes, such that each time some of what is ahead, the runaway among it, is stepped again.
        for (let i = 0; done < out.length; i++) {
          const isNear = Math.abs(done - start) < 1000;
          if (isNear) await settled(stream);
          const sampling = { ...SAMPLING, topP: 0.999 - 0.001 * (i % 3) };
          if (isNear) stream.setSampling(sampling);
          const { rollbacks } = stream.state;
          const count = read(out.subarray(done), Math.min(128, out.length - done));
          done += count;
          if (isNear) changes.push({ frame: done, sampling });
          if (done < start - 128) assert.equal(stream.state.runaways, 0, 'nobody has heard of it yet');
          if (count === 0) await delay(1);
          if (isNear && stream.mode === 'threaded')
            while (stream.state.rollbacks === rollbacks) await delay(1);
        }
        return { out, changes, ...stream.state };
      },
      async ({ out, changes }) => {
        const { stream: offline } = await openStream({ ...given, stepper: 'native', mode: 'inline' });
        for (const { frame, sampling } of changes) offline.planSampling(frame, sampling);
        const expected = new Float32Array(out.length);
        offline.read(expected, expected.length);
        expectedRunaways = offline.state.runaways;
        await offline.close();
        return expected;
      },
      ({ rollbacks, runaways }) => {
        assert.ok(rollbacks > 5, `${rollbacks}`);
        assert.equal(runaways, expectedRunaways);
        assert.ok(runaways >= 1);
      },
    );
  });

  /** Keeps a state, and repeats it from a frame on that comes after the runaway. */
  async function playRepeated(stream: ModelStream, read: Read): Promise<Float32Array> {
    const wish = { a: 0, b: 0, position: 0, tiers: ALL_TIERS, fadeFrames: 40, frames: 0, seed: 0 };
    const out = new Float32Array(FRAMES);
    await readInto(stream, out, 0, 1000, read);
    assert.ok(stream.states.command({ ...wish, kind: 'keep' }));
    assert.ok(stream.states.command({ ...wish, kind: 'repeat', frames: 30_000 }));
    await readInto(stream, out, 1000, FRAMES, read);
    return out;
  }

  it('ends what is repeated, wasm inline', async () => {
    const given = await options(temp.path('repeated'), { cause: 'noise', onsetFrames: ONSET_FRAMES });
    const plain = await inline(given, 'wasm');
    const { stream } = await openStream({ ...given, stepper: 'wasm', mode: 'inline' });
    const out = await playRepeated(stream, (into, numFrames) => stream.read(into, numFrames));
    assert.ok(stream.state.runaways > 0);
    assert.equal(firstDifference(out, plain.out), -1);
    await stream.close();
  });

  it(`ends what is repeated, native threaded${nativeMissing}`, async function () {
    if (nativeMissing) this.skip();
    const given = await options(temp.path('repeated'), { cause: 'noise', onsetFrames: ONSET_FRAMES });
    await assertLive(
      { ...given, minRollbackSpeed: 0 },
      async (stream, read) => {
        stream.reset(given.seed);
        return { out: await playRepeated(stream, read), ...stream.state };
      },
      async () => (await inline(given, 'native')).out,
      ({ runaways }) => assert.ok(runaways > 0),
    );
  });
});

describe(`the models of the zoo${nativeMissing}`, function () {
  this.timeout(300_000);

  for (const name of ['piano', 'shore']) {
    it(`${name} never calls the watchdog at temperature 1`, async function () {
      if (nativeMissing) this.skip();
      const bundleDir = `models/zoo/${name}`;
      const { stream } = await openStream({
        bundle: await loadBundle(bundleDir),
        bundleDir,
        stepper: 'native',
        mode: 'inline',
        seed: 5,
        lookAheadFrames: 0,
        sampling: SAMPLING,
      });
      const second = new Float32Array(stream.sampleRate);
      for (let i = 0; i < 20; i++) stream.read(second, second.length);
      assert.deepEqual(stream.state.runawayCauses, { level: 0, noise: 0, stuck: 0, 'not-finite': 0 });
      await stream.close();
    });
  }
});
