/** Kept, recalled, mixed and repeated states: the same samples in every kind of stream that rolls back, at any block size. */
import assert from 'node:assert/strict';
import { ALL_TIERS, type StateCommand, slowTiers } from '../../../models/index.js';
import { openStream } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { useTempFolder } from '../../support/temp-folder.js';
import {
  assertLive,
  nativeMissing,
  readAll,
  settled,
  type TinyOptions,
  threadedChoices,
  tinyOptions,
} from './streams.js';

const NOTHING: StateCommand = {
  kind: 'release',
  a: 0,
  b: 0,
  position: 0,
  tiers: ALL_TIERS,
  fadeFrames: 0,
  frames: 0,
  seed: 0,
};

type Wish = Partial<StateCommand> & Pick<StateCommand, 'kind'>;

function command(stream: ModelStream, wish: Wish): void {
  assert.ok(stream.states.command({ ...NOTHING, ...wish }), wish.kind);
}

/** What is done before which frame, in order; the frames are multiples of 64. */
type Score = readonly (readonly [number, Wish])[];

/** One of each, some of them close together. */
const SCORE: Score = [
  [192, { kind: 'keep', a: 1 }],
  [1024, { kind: 'keep', a: 2 }],
  [1088, { kind: 'recall', a: 1, b: 1, fadeFrames: 40 }],
  [1152, { kind: 'recall', a: 1, b: 2, position: 0.3, tiers: 6 }],
  [1152, { kind: 'fork', seed: 99 }],
  [1600, { kind: 'keep', a: 3 }],
  [1600, { kind: 'repeat', a: 3, b: 3, frames: 500, fadeFrames: 100 }],
  [3200, { kind: 'move', position: 0.5 }],
  [3264, { kind: 'repeat', a: 1, b: 3, position: 0.8, tiers: 6, frames: 64 }],
  [4096, { kind: 'move', position: 0.1 }],
  [4800, { kind: 'release' }],
  [9600, { kind: 'rewind', frames: 5000, fadeFrames: 160 }],
  [9664, { kind: 'recall', a: 7, b: 1 }],
];
const FRAMES = 12_800;

async function inline(
  options: TinyOptions,
  stepper: 'native' | 'reference' | 'wasm',
  score: Score,
  block = 64,
  frames = FRAMES,
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
  const out = new Float32Array(frames);
  let next = 0;
  for (let t = 0; t < frames; ) {
    for (; next < score.length && score[next]![0] <= t; next++) command(stream, score[next]![1]);
    const until = Math.min(frames, t + block, score[next]?.[0] ?? frames);
    t += stream.read(out.subarray(t), until - t);
  }
  await stream.close();
  return out;
}

describe('states of streams', function () {
  this.timeout(120_000);
  const temp = useTempFolder();
  const tiny = () => tinyOptions(temp.path('tiny'), { pool: [2, 4] });

  it('inline: the same commands at the same frames give the same samples at any block size', async () => {
    const options = await tiny();
    for (const stepper of ['reference', 'wasm'] as const) {
      const expected = await inline(options, stepper, SCORE);
      for (const block of [1, 43, 6400]) {
        assert.deepEqual(await inline(options, stepper, SCORE, block), expected, `${stepper}, ${block}`);
      }
      assert.notDeepEqual(expected, await inline(options, stepper, []));
    }
  });

  it('a state that is recalled is heard again: greedy, the very same samples', async () => {
    const options = { ...(await tiny()), sampling: { temperature: 0, topP: 1, topK: 0 } };
    const warm = { ...options, sampling: { temperature: 1, topP: 1, topK: 0 } };
    const { stream } = await openStream({ ...warm, stepper: 'wasm', mode: 'inline' });
    const out = new Float32Array(640);
    stream.read(out, 640);
    stream.setSampling(options.sampling);
    command(stream, { kind: 'keep', a: 5 });
    stream.read(out, 640);
    const after = out.slice();
    stream.setSampling(warm.sampling);
    stream.read(out, 640);
    stream.setSampling(options.sampling);
    command(stream, { kind: 'recall', a: 5, b: 5 });
    stream.read(out, 640);
    assert.deepEqual(out, after);
    await stream.close();
  });

  it('refuses what it cannot do, and takes a state from another stream of the same kind', async () => {
    const options = await tiny();
    const [one, other] = await Promise.all(
      [1, 2].map(
        async (seed) => (await openStream({ ...options, seed, stepper: 'wasm', mode: 'inline' })).stream,
      ),
    );
    const { states } = one!;
    for (const wish of [
      { a: 24 },
      { a: -1 },
      { a: 0.5 },
      { b: 99 },
      { position: Number.NaN },
      { frames: -1 },
    ])
      assert.equal(states.command({ ...NOTHING, kind: 'recall', ...wish }), false, JSON.stringify(wish));
    assert.equal(states.isKept(3), false);
    command(one!, { kind: 'keep', a: 3 });
    one!.read(new Float32Array(64), 64);
    assert.equal(states.isKept(3), true);
    const bytes = new Uint8Array(states.slotBytes);
    states.copySlot(3, bytes);
    assert.equal(other!.states.fillSlot(9, bytes.subarray(8)), false);
    assert.equal(other!.states.fillSlot(9, new Uint8Array(bytes.length).fill(255)), false, 'no numbers');
    assert.equal(other!.states.isKept(9), false);
    assert.equal(other!.states.fillSlot(9, bytes), true);
    assert.equal(other!.states.isKept(9), true);
    for (let i = 0; i < 64; i++) command(one!, { kind: 'keep', a: 0 });
    assert.equal(states.command({ ...NOTHING, kind: 'keep' }), false, 'too many wait');
    await Promise.all([one!.close(), other!.close()]);
  });

  it('a damaged token in a state changes nothing', async () => {
    const options = await tiny();
    for (const stepper of ['reference', 'wasm'] as const) {
      const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
      const { states } = stream;
      command(stream, { kind: 'keep', a: 0 });
      const out = new Float32Array(64);
      stream.read(out, 64);
      const bytes = new Uint8Array(states.slotBytes);
      states.copySlot(0, bytes);
      // Of the reference and the core: where the token is.
      bytes.fill(200, 24, 28);
      states.fillSlot(1, bytes);
      command(stream, { kind: 'recall', a: 1, b: 1 });
      assert.equal(stream.read(out, 64), 64);
      assert.ok(out.every(Number.isFinite));
      await stream.close();
    }
  });

  for (const stepper of threadedChoices) {
    it(`${stepper}: a threaded stream keeps, recalls and takes states`, async () => {
      const options = await tiny();
      const { stream } = await openStream({ ...options, stepper, mode: 'threaded', minRollbackSpeed: 0 });
      const { states } = stream;
      assert.equal(states.numTiers, 3);
      await readAll(stream, 500);
      command(stream, { kind: 'keep', a: 4 });
      for (let turn = 0; !states.isKept(4); turn++) {
        assert.ok(turn < 1000, 'nothing was kept');
        await readAll(stream, 43);
      }
      const bytes = new Uint8Array(states.slotBytes);
      states.copySlot(4, bytes);
      assert.ok(bytes.some((byte) => byte !== 0));
      assert.equal(states.fillSlot(5, bytes), true);
      assert.equal(states.isKept(5), true);
      assert.equal(states.fillSlot(5, new Uint8Array(bytes.length).fill(255)), false);
      command(stream, { kind: 'recall', a: 4, b: 5, position: 0.5, tiers: slowTiers(states.numTiers) });
      await readAll(stream, 2000);
      stream.reset(8);
      assert.equal(states.command({ ...NOTHING, kind: 'repeat', a: 4, b: 5, frames: 100 }), true);
      await readAll(stream, 2000);
      assert.equal(states.isKept(4), true);
      await stream.close();
    });
  }

  it(`native: live gives the samples of an offline run with the same commands${nativeMissing}`, async function () {
    if (nativeMissing) this.skip();
    const options = await tiny();
    await assertLive(
      { ...options, rollbackLookAheadFrames: 256, minRollbackSpeed: 0 },
      async (stream, read) => {
        stream.reset(3);
        const out = new Float32Array(FRAMES);
        let next = 0;
        for (let t = 0; t < FRAMES; t += 64) {
          await settled(stream);
          // What is said before a read applies from its end on.
          for (; next < SCORE.length && SCORE[next]![0] <= t + 64; next++) command(stream, SCORE[next]![1]);
          assert.equal(read(out.subarray(t), 64), 64);
        }
        // The last one is counted once it is made.
        await settled(stream);
        return { out, ...stream.state };
      },
      () => inline(options, 'native', SCORE),
      ({ rollbacks }) => assert.ok(rollbacks >= 10, `${rollbacks}`),
    );
  });

  it(`native: without rollback commands apply at the write head${nativeMissing}`, async function () {
    if (nativeMissing) this.skip();
    const options = await tiny();
    const minRollbackSpeed = Number.POSITIVE_INFINITY;
    const { stream } = await openStream({
      ...options,
      stepper: 'native',
      mode: 'threaded',
      minRollbackSpeed,
    });
    stream.reset(3);
    await settled(stream);
    command(stream, { kind: 'keep', a: 0 });
    const out = new Float32Array(4000);
    out.set(await readAll(stream, 500));
    await settled(stream);
    const head = 500 + stream.availableFrames;
    command(stream, { kind: 'recall', a: 0, b: 0 });
    out.set(await readAll(stream, 3500), 500);
    const expected = await inline(options, 'native', [[head, { kind: 'keep', a: 1 }]], 64, 4000);
    const first = out.findIndex((sample, t) => sample !== expected[t]);
    assert.ok(first >= head && first < head + 64, `${first} is not soon after ${head}`);
    assert.equal(stream.state.rollbacks, 0);
    await stream.close();
  });
});
