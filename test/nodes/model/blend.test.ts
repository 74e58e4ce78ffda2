/** Two tiny models that sound as one, and one that is guided, as nodes. */
import assert from 'node:assert/strict';
import type { ModelStream, Pair, Sampling, Stepper } from '../../../models/index.js';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { pairSteppers } from '../../../models/stream/choose-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { classes } from '../../../nodes/conditioning/classes.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { blend } from '../../../nodes/model/blend.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { createBench, servicesOf, startPatch } from '../../support/graph-harness.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

const FRAMES = 9600;
const PLAIN: Sampling = { temperature: 1, topP: 1, topK: 0 };
const MIXTURE: Pair = { mixing: 'mixture', isFirstDropped: false };
const GUIDED: Pair = { mixing: 'product', isFirstDropped: true };

const one = createReferenceStepper(tinyBundle({ seed: 1 }));
const other = createReferenceStepper(tinyBundle({ seed: 2, pool: [2] }));
const pair = pairSteppers(one, other, MIXTURE);
const steered = createReferenceStepper(
  tinyBundle({
    conditioning: [{ name: 'mix', kind: 'class-weights', dim: 3, rateHz: 250, labels: ['a', 'b', 'c'] }],
  }),
);
const guided = pairSteppers(steered, steered, GUIDED);

const inline = (stepper: Stepper): ModelStream => new InlineStream(stepper, 0, PLAIN);

async function alone(stepper: Stepper): Promise<Float32Array> {
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(inline(stepper))]);
  const bench = await createBench(sashimi, { seed: 3, services });
  const sound = bench.render(FRAMES, [128]).audio.audio![0]!;
  await bench.dispose();
  return sound;
}

async function blended(params: Record<string, number>, blocks: readonly number[]): Promise<Float32Array> {
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(inline(pair))]);
  const bench = await createBench(blend, { seed: 3, services, params });
  const sound = bench.render(FRAMES, blocks).audio.audio![0]!;
  await bench.dispose();
  return sound;
}

interface Playing {
  readonly type: 'blend' | 'sashimi';
  readonly stream: ModelStream;
  readonly guidance?: boolean;
  readonly params?: Record<string, number>;
  readonly edges?: readonly { from: string; to: string; amount?: number }[];
  /** Set at frame 4321, where a tick ends: name, value, ramp. */
  readonly set?: readonly [string, number, number?];
  readonly blocks?: readonly number[];
}

async function play({ type, stream, guidance, params, edges = [], set, blocks = [128] }: Playing) {
  const streams = new FakeModelStreams(stream);
  const patch = {
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'pair',
    nodes: [
      { id: 'model', type, params: params ?? {}, settings: guidance ? { guidance } : {} },
      { id: 'tide', type: 'lfo', params: { rateHz: 5 } },
      { id: 'mix', type: 'classes', params: { weight1: 1 } },
    ],
    edges: [{ from: 'mix.weights', to: 'model.classes' }, ...edges].slice(type === 'blend' ? 1 : 0),
    output: 'model.audio',
  };
  const services = servicesOf([MODEL_STREAMS, streams]);
  const run = await startPatch(patch, [sashimi, blend, lfo, classes], { services, seed: 3 });
  const codes: string[] = [];
  run.notices$.subscribe(({ code }) => codes.push(code));
  const sound: number[] = [];
  for (let frame = 0, turn = 0; frame < FRAMES; turn++) {
    const stop = frame < 4321 ? 4321 : FRAMES;
    if (frame === 4321 && set) run.setParam('model', ...set);
    const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
    run.tick(frame, numFrames);
    sound.push(...run.output().channels[0]!.subarray(0, numFrames));
    frame += numFrames;
  }
  await run.dispose();
  return { sound, codes, streams };
}

describe('blend', () => {
  it('is one model at 0, the other at 1, bit for bit, and between neither, at any block size', async () => {
    assert.deepEqual(await blended({ blend: 0 }, [128]), await alone(one));
    assert.deepEqual(await blended({ blend: 1 }, [128]), await alone(other));
    const expected = await blended({ blend: 0.4 }, [128]);
    assert.notDeepEqual(expected, await blended({ blend: 0 }, [128]));
    for (const blocks of [[512], [1, 7, 300]])
      assert.deepEqual(await blended({ blend: 0.4 }, blocks), expected);
  });

  it('moves with an LFO, and over the time that is asked for, to the same samples at any block size', async () => {
    const edges = [{ from: 'tide.out', to: 'model.blend', amount: 0.5 }];
    for (const how of [
      { edges },
      { set: ['blend', 1, 80] as const },
      { set: ['temperature', 0.2, 80] as const },
      { edges, set: ['blend', 0.9, 60] as const },
    ]) {
      const playing = { type: 'blend', params: { blend: 0.2 }, ...how } as const;
      const { sound, codes } = await play({ ...playing, stream: inline(pair) });
      assert.deepEqual(codes, []);
      for (const blocks of [[512], [33, 256, 1]]) {
        assert.deepEqual((await play({ ...playing, blocks, stream: inline(pair) })).sound, sound);
      }
      const { sound: still } = await play({ type: 'blend', params: { blend: 0.2 }, stream: inline(pair) });
      assert.notDeepEqual(sound, still);
    }
  });

  it('a ramp takes its time: half-way it is not there yet', async () => {
    const playing = { type: 'blend', params: { blend: 0 } } as const;
    const [jump, ramp] = await Promise.all(
      [undefined, 100].map((rampMs) =>
        play({
          ...playing,
          stream: inline(pair),
          set: rampMs === undefined ? ['blend', 1] : ['blend', 1, rampMs],
        }),
      ),
    );
    const { sound: still } = await play({ ...playing, stream: inline(pair) });
    const departs = (sound: readonly number[]) => sound.findIndex((x, i) => x !== still[i]);
    assert.ok(departs(jump!.sound) >= 4321 - 48);
    assert.ok(departs(ramp!.sound) > departs(jump!.sound));
  });

  it('asks for both models, the way of its setting, and lets both hear what it is primed with', async () => {
    const streams = new FakeModelStreams(new FakeStream());
    const services = servicesOf([MODEL_STREAMS, streams]);
    const settings = { bundleA: 'shore', bundleB: 'keys', way: 'product' };
    const bench = await createBench(blend, { services, settings });
    await bench.act('prime', 'a.wav');
    await bench.dispose();
    const second = { bundle: 'keys', mixing: 'product', isFirstDropped: false };
    for (const asked of [streams.requests[0]!, streams.primes[0]!]) {
      assert.equal(asked.bundle, 'shore');
      assert.deepEqual(asked.second, second);
    }
    assert.equal(streams.requests[0]!.sampling.blend, 0.5);
  });
});

describe('guidance of sashimi', () => {
  it('is the model at 1, follows its inputs closer above, and plays without them at 0', async () => {
    const { sound: plain } = await play({ type: 'sashimi', stream: inline(steered) });
    const of = (guidance: number) =>
      play({ type: 'sashimi', stream: inline(guided), guidance: true, params: { guidance } });
    const { sound, codes, streams } = await of(1);
    assert.deepEqual(sound, plain);
    assert.deepEqual(codes, []);
    assert.deepEqual(streams.requests[0]!.second, { bundle: 'shore', ...GUIDED });
    assert.equal(streams.requests[0]!.sampling.blend, 1);
    assert.notDeepEqual((await of(3)).sound, plain);
    const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(inline(steered))]);
    const bench = await createBench(sashimi, { seed: 3, services });
    const dropped = bench.render(FRAMES, [128]).audio.audio![0]!;
    await bench.dispose();
    assert.notDeepEqual(plain, [...dropped]);
    assert.equal((await of(0)).sound.length, dropped.length);
  });

  it('tells where it can do nothing: the setting is off, or the model takes no inputs', async () => {
    const off = await play({ type: 'sashimi', stream: inline(steered), set: ['guidance', 2] });
    assert.deepEqual(off.codes, ['MODEL_NOT_GUIDED']);
    assert.equal(off.streams.requests[0]!.second, undefined);
    const unsteered = pairSteppers(one, one, GUIDED);
    const { codes } = await play({ type: 'sashimi', stream: inline(unsteered), guidance: true });
    assert.deepEqual(codes, ['MODEL_NOT_GUIDED', 'MODEL_TAKES_NO_CLASSES']);
  });
});
