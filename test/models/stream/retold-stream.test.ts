/** What was heard of a stream on a thread is made again from what was said and its lapses. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { stateCommandRecord } from '../../../models/state/state-command.js';
import type { Sampling } from '../../../models/stepper.js';
import type { InlineStream } from '../../../models/stream/inline-stream.js';
import { openStream } from '../../../models/stream/open.js';
import { type Retelling, RetoldStream } from '../../../models/stream/retold-stream.js';
import type { Lapse, LapseRecord, ModelStream } from '../../../models/stream.js';
import { seededRandom } from '../../support/random.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';
import { nativeMissing, type TinyOptions, tinyOptions } from './streams.js';

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
    it(`${stepper}: whatever its thread was held up by, the same to the bit${missing}`, async function () {
      if (missing !== '') this.skip();
      const conditioned = await tinyOptions(temp.path('conditioned'), { conditioning: TINY_CONDITIONING });
      for (const [given, minRollbackSpeed] of [
        [options, 0],
        [conditioned, 0],
        [conditioned, 1e9],
      ] as const) {
        const more = { ...given, stepper, rollbackLookAheadFrames: 512 };
        const live = await openStream({ ...more, mode: 'threaded', minRollbackSpeed });
        const lapses: Lapse[] = [];
        const heard = await improvise(live.stream, lapses, 5);
        const again = await openStream({ ...more, mode: 'inline', retelling: () => lapses });
        assert.equal(again.stream.planAheadFrames, live.stream.planAheadFrames);
        assert.deepEqual(await improvise(again.stream, [], 5), heard);
        assert.ok(new Set(lapses.map(({ kind }) => kind)).size > 1);
      }
    });
  }
});

/** Plays at random, faster than a thread can follow; what was heard. */
async function improvise(stream: ModelStream, lapses: Lapse[], seed: number): Promise<Float32Array> {
  const random = seededRandom(seed);
  const heard: number[] = [];
  const block = new Float32Array(64);
  const lapse: LapseRecord = { kind: 'lost', read: 0, frame: 0, frames: 0 };
  stream.reset(seed);
  while (stream.mode === 'threaded' && stream.availableFrames < 64) await delay(1);
  for (let read = 0; read < 600; read++) {
    const dice = random();
    const sampling = { temperature: 0.3 + random(), topP: 1, topK: 0 };
    const ahead = Math.floor(300 * random());
    const rows = Float32Array.from({ length: 10 }, () => Math.floor(3 * random()));
    if (dice < 0.1) stream.setSampling(sampling);
    else if (dice < 0.2) stream.planSampling(read * 30 + ahead, sampling);
    else if (dice < 0.3 && stream.conditioning.length > 0) {
      stream.setConditioning(0, Math.floor((read * 30 + ahead) / 16), rows, 2);
    } else if (dice < 0.35) {
      const kind = dice < 0.32 ? ('keep' as const) : ('recall' as const);
      stream.states.command({ ...stateCommandRecord(), kind, a: 1, b: 1, tiers: 2 });
    }
    const wanted = 1 + Math.floor(63 * random());
    const isRest = random() < 0.2;
    const count = stream.read(block, wanted);
    heard.push(...block.subarray(0, count));
    while (stream.lapses?.take(lapse)) {
      assert.notEqual(lapse.kind, 'lost');
      lapses.push({ ...lapse });
    }
    if (isRest && stream.mode === 'threaded') await delay(1);
  }
  await stream.close();
  return Float32Array.from(heard);
}
