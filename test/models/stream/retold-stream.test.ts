/** What was heard of a stream on a thread is made again from what was said and its lapses. */
import assert from 'node:assert/strict';
import { stateCommandRecord } from '../../../models/state/state-command.js';
import type { Sampling } from '../../../models/stepper.js';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import type { InlineStream } from '../../../models/stream/inline-stream.js';
import { openStream } from '../../../models/stream/open.js';
import { type Retelling, RetoldStream } from '../../../models/stream/retold-stream.js';
import type { Lapse, ModelStream } from '../../../models/stream.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';
import { improvise } from './improvise.js';
import { firstDifference, nativeMissing, readAll, type TinyOptions, tinyOptions } from './streams.js';

const HOT: Sampling = { temperature: 1.7, topP: 1, topK: 0 };
const COLD: Sampling = { temperature: 0.3, topP: 1, topK: 0 };
const READ = 50;

describe('a stream that is retold', function () {
  this.timeout(60_000);
  const temp = useTempFolder();
  let options: TinyOptions;
  beforeEach(async () => {
    options = await tinyOptions(temp.path('tiny'));
  });

  const open = async (
    lapses: readonly Lapse[] = [],
    retelling: Retelling = () => lapses,
  ): Promise<RetoldStream> => {
    const { stream } = await openStream({ ...options, stepper: 'reference', mode: 'inline' });
    return new RetoldStream(stream as InlineStream, 512, retelling);
  };

  /** What an inline stream gives that changes at these frames. */
  const inline = async (
    count: number,
    changes: readonly (readonly [number, Sampling])[],
  ): Promise<Float32Array> => {
    const { stream } = await openStream({ ...options, stepper: 'reference', mode: 'inline' });
    for (const [frame, sampling] of changes) stream.planSampling(frame, sampling);
    const out = new Float32Array(count);
    stream.read(out, count);
    await stream.close();
    return out;
  };

  /** Ten reads; after the second read something is said, and after the fourth. */
  const play = async (stream: ModelStream): Promise<Float32Array> => {
    const out = new Float32Array(10 * READ);
    let done = 0;
    for (let read = 1; read <= 10; read++) {
      if (read === 2) stream.setSampling(HOT);
      if (read === 4) stream.setSampling(COLD);
      done += stream.read(out.subarray(done), READ);
    }
    assert.equal(stream.position, done);
    await stream.close();
    return out.subarray(0, done);
  };

  it('without lapses heeds control from the end of the next read on', async () => {
    const expected = await inline(10 * READ, [
      [2 * READ, HOT],
      [4 * READ, COLD],
    ]);
    assert.deepEqual(await play(await open()), expected);
  });

  it('says plans and commands for states at the end of the next read, too', async () => {
    const stream = await open();
    const keep = { ...stateCommandRecord(), kind: 'keep' as const, a: 3 };
    const out = new Float32Array(200);
    stream.planSampling(120, HOT);
    assert.ok(stream.states.command(keep));
    stream.read(out, 60);
    assert.ok(!stream.states.isKept(3));
    stream.read(out.subarray(60), 140);
    assert.ok(stream.states.isKept(3));
    assert.deepEqual(out, await inline(200, [[120, HOT]]));
    await stream.close();
  });

  it('late: the old sound goes on, then is faded into the one that knows', async () => {
    const at = 2 * READ + 30;
    const heard = await play(await open([{ kind: 'late', read: 2, frame: at, frames: 500 }]));
    const old = await inline(10 * READ, []);
    const known = await inline(10 * READ, [
      [2 * READ, HOT],
      [4 * READ, COLD],
    ]);
    const fade = Math.trunc(0.004 * options.bundle.manifest.sampleRate);
    assert.ok(fade > 1 && at + fade < heard.length);
    assert.deepEqual(heard.subarray(0, at), old.subarray(0, at));
    assert.deepEqual(heard.subarray(at + fade), known.subarray(at + fade));
    for (let i = 0; i < fade; i++) {
      const share = Math.fround((i + 1) / (fade + 1));
      const [a, b] = [old[at + i]!, known[at + i]!];
      assert.equal(heard[at + i], Math.fround(a + Math.fround(Math.fround(b - a) * share)));
    }
  });

  it('late with nothing left of the old sound: its last frame holds under the fade', async () => {
    const at = 2 * READ + 30;
    const heard = await play(await open([{ kind: 'late', read: 2, frame: at, frames: 0 }]));
    const known = await inline(10 * READ, [
      [2 * READ, HOT],
      [4 * READ, COLD],
    ]);
    const share = Math.fround(1 / (Math.trunc(0.004 * options.bundle.manifest.sampleRate) + 1));
    const last = heard[at - 1]!;
    assert.equal(heard[at], Math.fround(last + Math.fround(Math.fround(known[at]! - last) * share)));
  });

  it('late once more before the first has come: what is heard knows the first alone', async () => {
    const [first, second] = [4 * READ + 10, 6 * READ + 10];
    const heard = await play(
      await open([
        { kind: 'late', read: 2, frame: first, frames: 100 },
        { kind: 'late', read: 4, frame: second, frames: 100 },
      ]),
    );
    const fade = Math.trunc(0.004 * options.bundle.manifest.sampleRate);
    const between = await inline(10 * READ, [[2 * READ, HOT]]);
    const known = await inline(10 * READ, [
      [2 * READ, HOT],
      [4 * READ, COLD],
    ]);
    assert.deepEqual(heard.subarray(first + fade, second), between.subarray(first + fade, second));
    assert.deepEqual(heard.subarray(second + fade), known.subarray(second + fade));
  });

  it('overdue: nobody hears what comes after it, and what came in time all the same makes no difference', async () => {
    const old = await inline(10 * READ, [[2 * READ, HOT]]);
    const overdue = { kind: 'overdue', read: 4, frame: 10 * READ, frames: 0 } as const;
    assert.deepEqual(await play(await open([{ ...overdue, frame: 5 * READ }, overdue])), old);
  });

  it('delay: what is said applies later, until that is told otherwise', async () => {
    const heard = await play(
      await open([
        { kind: 'delay', read: 2, frame: 0, frames: 130 },
        { kind: 'delay', read: 3, frame: 0, frames: 0 },
      ]),
    );
    const expected = await inline(10 * READ, [
      [2 * READ + 130, HOT],
      [2 * READ + 131, COLD],
    ]);
    // In the order in which they were said.
    assert.deepEqual(heard.subarray(0, 2 * READ + 130), expected.subarray(0, 2 * READ + 130));
    assert.notDeepEqual(heard, await inline(10 * READ, []));
  });

  it('dry: a read gives as little as it gave', async () => {
    const expected = await inline(10 * READ, [
      [READ + 7, HOT],
      [3 * READ + 7, COLD],
    ]);
    const heard = await play(await open([{ kind: 'dry', read: 2, frame: 0, frames: 7 }]));
    assert.deepEqual(heard, expected.subarray(0, 9 * READ + 7));
  });

  it('steer: tells how far what is said reaches, from the end of that read on', async () => {
    const stream = await open([{ kind: 'steer', read: 2, frame: 0, frames: 128 }]);
    const out = new Float32Array(READ);
    const told: number[] = [];
    for (let read = 1; read <= 3; read++) {
      told.push(stream.steerAfterFrames);
      stream.read(out, READ);
    }
    assert.deepEqual(told, [0, 0, 128]);
    await stream.close();
  });

  it('asks for the lapses of every stream that a reset begins, and ends those of the one before', async () => {
    const told: (readonly Lapse[])[] = [[{ kind: 'late', read: 2, frame: 400, frames: 9 }], []];
    const stream = await open([], () => told.shift() ?? assert.fail('asked too often'));
    const out = new Float32Array(READ);
    stream.read(out, READ);
    stream.setSampling(HOT);
    stream.read(out, READ);
    stream.setSampling(COLD);
    stream.reset(3);
    assert.equal(stream.position, 0);
    const again = new Float32Array(3 * READ);
    for (let done = 0; done < again.length; done += READ) stream.read(again.subarray(done), READ);
    assert.deepEqual(again, await inline(3 * READ, [[0, COLD]]));
    assert.equal(told.length, 0);
    await stream.close();
  });

  for (const [stepper, missing] of [
    ['native', nativeMissing],
    ['wasm', ''],
  ] as const) {
    it(`${stepper}: whatever was said and whatever its thread was held up by, the same to the bit${missing}`, async function () {
      if (missing !== '') this.skip();
      this.timeout(300_000);
      const conditioned = await tinyOptions(temp.path('conditioned'), { conditioning: TINY_CONDITIONING });
      const other = await tinyOptions(temp.path('other'), { conditioning: TINY_CONDITIONING, seed: 2 });
      const pair = { ...conditioned, second: { ...other, mixing: 'product', isFirstDropped: true } } as const;
      const speed = 1 / (await loadOf({ ...conditioned, stepper }));
      const kinds = new Set<Lapse['kind']>();
      const always = [
        [1, options, 0],
        [2, conditioned, 0],
        [3, pair, 0],
      ] as const;
      // Of a worker, which never goes back, these would be the same once more.
      const seldom = [
        [4, conditioned, 1e9],
        [5, pair, 1e9],
        // Now and then it goes back, and now and then it is too slow for that.
        [6, conditioned, 0.5 * speed],
        [7, conditioned, 0.9 * speed],
        [8, options, 1.3 * speed],
      ] as const;
      for (const [seed, given, minRollbackSpeed] of stepper === 'native' ? [...always, ...seldom] : always) {
        const more = { ...given, stepper, rollbackLookAheadFrames: 512, minRollbackSpeed };
        const live = await openStream({ ...more, mode: 'threaded' });
        const { heard, lapses } = await improvise(live.stream, seed);
        let told: readonly Lapse[] = [];
        const again = await openStream({ ...more, mode: 'inline', retelling: () => told });
        assert.equal(again.stream.planAheadFrames, live.stream.planAheadFrames);
        const retold = await improvise(again.stream, seed, (count) => {
          told = lapses[count - 1]!;
        });
        assert.equal(firstDifference(retold.heard, heard), -1, `seed ${seed}`);
        for (const { kind } of lapses.flat()) kinds.add(kind);
      }
      assert.ok(kinds.size > 1);
    });
  }

  it('gives up at a reset what it kept so lately that a thread might have kept it anew, and what it has yet to keep', async () => {
    const stream = await open();
    const { states } = stream;
    const out = new Float32Array(READ);
    const readTo = (frame: number): void => {
      while (stream.position < frame) stream.read(out, Math.min(READ, frame - stream.position));
    };
    const keep = (slot: number): void => {
      assert.ok(states.command({ ...stateCommandRecord(), kind: 'keep', a: slot }));
    };
    const unsure = 2 * stream.planAheadFrames;
    keep(1);
    readTo(16);
    keep(2);
    readTo(32);
    readTo(16 + unsure);
    assert.ok(states.isKept(1) && states.isKept(2));
    keep(3);
    stream.read(out, 1);
    stream.reset(1);
    assert.deepEqual(
      [1, 2, 3].map((slot) => states.isKept(slot)),
      [true, false, false],
    );
    await stream.close();
  });
});

/** Share of real time that stepping takes here. */
async function loadOf(options: TinyOptions & { readonly stepper: StepperChoice }): Promise<number> {
  const { stream } = await openStream({ ...options, mode: 'threaded' });
  await readAll(stream, 2000);
  const { load } = stream.state;
  await stream.close();
  return Math.max(load, 1e-6);
}
