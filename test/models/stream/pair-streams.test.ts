/** Streams of two models that sound as one: as those of one model, and at the ends of the blend the members themselves. */
import assert from 'node:assert/strict';
import type { ConditioningInput, Mixing, Sampling } from '../../../models/index.js';
import { ALL_TIERS, type StateCommand } from '../../../models/index.js';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import { type OpenStreamOptions, openStream, type SecondModel } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { watchdogSettings } from '../../../models/watchdog/settings.js';
import { assertModelError } from '../../support/model-errors.js';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import type { TinyBundleOptions } from '../../support/tiny-bundle.js';
import {
  assertLive,
  nativeMissing,
  readAll,
  SAMPLING,
  settled,
  type TinyOptions,
  threadedChoices,
  tinyOptions,
} from './streams.js';

const FRAMES = 2000;
const SLOW: readonly ConditioningInput[] = [{ name: 'roll', dim: 2, rateHz: 250 }];

type Options = Omit<OpenStreamOptions, 'stepper' | 'mode'>;
/** What is set or done before which frame; the frames are multiples of 64. */
type Score = readonly (readonly [number, (stream: ModelStream, position: number) => void])[];

const blend = (amount: number): Sampling => ({ ...SAMPLING, blend: amount });

function rows(value: number): Float32Array {
  return new Float32Array(2 * 20).fill(value);
}

async function inline(
  options: Options,
  stepper: StepperChoice,
  { count = FRAMES, block = 64, score = [] as Score } = {},
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
  const out = new Float32Array(count);
  let next = 0;
  for (let t = 0; t < count; ) {
    for (; next < score.length && score[next]![0] <= t; next++) score[next]![1](stream, t);
    const until = Math.min(count, t + block, score[next]?.[0] ?? count);
    t += stream.read(out.subarray(t), until - t);
  }
  await stream.close();
  return out;
}

describe('streams of two models', function () {
  this.timeout(120_000);
  const temp = useSuiteTempFolder();
  const written = new Map<string, Promise<TinyOptions>>();
  const tiny = (name: string, options: TinyBundleOptions): Promise<TinyOptions> => {
    const known = written.get(name) ?? tinyOptions(temp.path(name), options);
    written.set(name, known);
    return known;
  };
  const one = () => tiny('one', { seed: 1 });
  const other = () => tiny('other', { seed: 2, pool: [2], dModel: 6 });
  const steered = () => tiny('steered', { seed: 3, conditioning: SLOW });

  async function pairOf(mixing: Mixing, sampling: Sampling): Promise<Options> {
    const { bundle, bundleDir } = await other();
    return { ...(await one()), sampling, second: { bundle, bundleDir, mixing, isFirstDropped: false } };
  }

  for (const stepper of threadedChoices) {
    for (const mixing of ['mixture', 'product'] as const) {
      it(`${stepper}: a ${mixing} at blend 0 is the first, at 1 the second, bit for bit, and between neither`, async () => {
        const [first, second] = [await inline(await one(), stepper), await inline(await other(), stepper)];
        assert.deepEqual(await inline(await pairOf(mixing, SAMPLING), stepper), first);
        assert.deepEqual(await inline(await pairOf(mixing, blend(1)), stepper), second);
        const between = await inline(await pairOf(mixing, blend(0.5)), stepper);
        assert.notDeepEqual(between, first);
        assert.notDeepEqual(between, second);
        for (const block of [1, 43, FRAMES]) {
          assert.deepEqual(await inline(await pairOf(mixing, blend(0.5)), stepper, { block }), between);
        }
      });
    }

    it(`${stepper}: the thread gives the samples of an inline stream`, async () => {
      const options = await pairOf('mixture', blend(0.3));
      const { stream } = await openStream({ ...options, stepper, mode: 'threaded' });
      assert.deepEqual(await readAll(stream, FRAMES), await inline(options, stepper));
      await stream.close();
    });

    it(`${stepper}: guidance at 1 is the steered model, at 0 the dropped one, and above neither`, async () => {
      const options = await steered();
      const { bundle, bundleDir } = options;
      const second: SecondModel = { bundle, bundleDir, mixing: 'product', isFirstDropped: true };
      const score: Score = [[0, (stream) => stream.setConditioning(0, 0, rows(1.5), 20)]];
      const guided = (guidance: number) =>
        inline({ ...options, second, sampling: blend(guidance) }, stepper, { score });
      const following = await inline(options, stepper, { score });
      assert.deepEqual(await guided(1), following);
      assert.deepEqual(await guided(0), await inline(options, stepper));
      assert.notDeepEqual(await guided(3), following);
    });
  }

  it('a plan of blends applies frame by frame, at any block size', async () => {
    const options = await pairOf('mixture', blend(0));
    const plan = (stream: ModelStream) => {
      for (let k = 1; k <= 20; k++) stream.planSampling(50 * k, blend(k / 20));
    };
    const score: Score = [[0, plan]];
    const expected = await inline(options, 'reference', { score });
    for (const block of [1, 77])
      assert.deepEqual(await inline(options, 'reference', { score, block }), expected);
    const first = await inline(await one(), 'reference');
    assert.deepEqual(expected.subarray(0, 50), first.subarray(0, 50));
    assert.notDeepEqual(expected, first);
  });

  describe(`native${nativeMissing}`, () => {
    before(function () {
      if (nativeMissing) this.skip();
    });

    /** Live, each change from the end of a read on; then offline at the frames where they came. */
    async function isLiveAsOffline(options: Options, changes: Score): Promise<void> {
      const count = 64 * 40;
      await assertLive(
        { ...options, rollbackLookAheadFrames: 256, minRollbackSpeed: 0 },
        async (stream, read) => {
          stream.reset(options.seed);
          const out = new Float32Array(count);
          for (let t = 0; t < count; t += 64) {
            await settled(stream);
            for (const [frame, change] of changes) if (frame === t + 64) change(stream, frame);
            assert.equal(read(out.subarray(t), 64), 64);
          }
          await settled(stream);
          return { out, ...stream.state };
        },
        () => inline(options, 'native', { count, score: changes }),
        ({ rollbacks }) => assert.ok(rollbacks > 0),
      );
    }

    it('a blend that moves live is rolled back: all samples are those of an offline run', async () => {
      const moves: Score = [256, 512, 576, 1600, 1664].map((frame, k) => [
        frame,
        (stream) => stream.setSampling(blend([0.2, 1, 0.7, 0, 0.5][k]!)),
      ]);
      for (const mixing of ['mixture', 'product'] as const)
        await isLiveAsOffline(await pairOf(mixing, blend(0)), moves);
    });

    it('states of both are kept, recalled, mixed and forked, conditioning and guidance move: as offline', async () => {
      const plain: StateCommand = {
        kind: 'keep',
        a: 1,
        b: 1,
        position: 0,
        tiers: ALL_TIERS,
        fadeFrames: 0,
        frames: 0,
        seed: 0,
      };
      const command = (wish: Partial<StateCommand>) => (stream: ModelStream) =>
        assert.ok(stream.states.command({ ...plain, ...wish }));
      const changes: Score = [
        [256, command({})],
        [320, (stream) => stream.setConditioning(0, 5, rows(2), 20)],
        [640, (stream) => stream.setSampling(blend(2.5))],
        [704, command({ a: 2 })],
        [960, command({ kind: 'recall', b: 2, position: 0.4, fadeFrames: 30 })],
        [1280, command({ kind: 'fork', seed: 77 })],
        [1600, (stream) => stream.setConditioning(0, 25, rows(-1), 20)],
        [1920, command({ kind: 'rewind', frames: 1000 })],
      ];
      const { bundle, bundleDir } = await steered();
      const unsteered = await one();
      for (const options of [
        {
          ...(await steered()),
          second: { bundle, bundleDir, mixing: 'product', isFirstDropped: true } as const,
        },
        { ...unsteered, second: { bundle, bundleDir, mixing: 'mixture', isFirstDropped: false } as const },
      ]) {
        await isLiveAsOffline({ ...options, sampling: blend(0.8) }, changes);
      }
    });
  });

  it('refuses models that do not fit, and says why', async () => {
    const first = await one();
    const open = async (options: TinyBundleOptions, name: string) => {
      const { bundle, bundleDir } = await tiny(name, options);
      const second: SecondModel = { bundle, bundleDir, mixing: 'mixture', isFirstDropped: false };
      return openStream({ ...first, second, stepper: 'reference', mode: 'inline' });
    };
    await assertModelError(() => open({ quantiser: 'linear' }, 'linear'), 'MODEL_ARGUMENT', /one quantiser/);
    await assertModelError(
      () => open({ emphasis: 0.9 }, 'bright'),
      'MODEL_ARGUMENT',
      /emphasis but received 0 and 0.9/,
    );
  });

  it('is watched by the limits of whichever may do more', async () => {
    const [{ manifest }, other] = [(await one()).bundle, (await tiny('three', { pool: [3] })).bundle];
    const limited = {
      ...other.manifest,
      watchdog: { maxLevelDb: -1, maxBitsPerSample: 6, minBitsPerSample: 0.5 },
    };
    const both = watchdogSettings(manifest, limited);
    assert.equal(both.windowFrames % 48, 0, 'a multiple of 16 and 3');
    assert.equal(both.maxPower, both.windowFrames * 10 ** -0.1);
    assert.equal(both.maxSurprise, both.windowFrames * 256 * 7.5);
    assert.equal(both.minSurprise, both.windowFrames * 256 * 0.02);
    assert.deepEqual(watchdogSettings(manifest, manifest), watchdogSettings(manifest));
  });
});
