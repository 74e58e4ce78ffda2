/** The node with a tiny model that has classes: its weights are random, but what steers it is heard. */
import assert from 'node:assert/strict';
import type { ModelStream } from '../../../models/index.js';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { classes } from '../../../nodes/conditioning/classes.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { createBench, servicesOf, startPatch } from '../../support/graph-harness.js';
import { type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

const FRAMES = 9600;
const CLASS_CONDITIONING: TinyBundleOptions['conditioning'] = [
  { name: 'classes', dim: 3, rateHz: 250, kind: 'class-weights', labels: ['wind', 'fire', 'rain'] },
];
const stepper = createReferenceStepper(tinyBundle({ conditioning: CLASS_CONDITIONING }));
const plain = createReferenceStepper(tinyBundle({}));
const inline = (of = stepper) => new InlineStream(of, 0, { temperature: 1, topP: 1, topK: 0 });
const servicesFor = (stream: ModelStream) => servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);

const patch = (amount: number) => ({
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'classes',
  nodes: [
    { id: 'wave', type: 'lfo', params: { rateHz: 4 } },
    { id: 'mix', type: 'classes', params: { weight1: 0.5, weight2: 0.5 } },
    { id: 'model', type: 'sashimi' },
  ],
  edges: [
    { from: 'wave.out', to: 'mix.weight1', amount },
    { from: 'mix.weights', to: 'model.classes' },
  ],
  output: 'model.audio',
});

/** `set` is set at frame 4321, where a tick ends. */
async function play(
  blocks: readonly number[],
  { amount = 0, set, stream = inline() }: { amount?: number; set?: number; stream?: ModelStream } = {},
): Promise<{ sound: number[]; codes: string[] }> {
  const run = await startPatch(patch(amount), [sashimi, classes, lfo], { services: servicesFor(stream) });
  const codes: string[] = [];
  run.notices$.subscribe(({ code }) => codes.push(code));
  const sound: number[] = [];
  for (let frame = 0, turn = 0; frame < FRAMES; turn++) {
    const stop = frame < 4321 ? 4321 : FRAMES;
    const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
    if (frame === 4321 && set !== undefined) run.setParam('mix', 'weight3', set);
    run.tick(frame, numFrames);
    sound.push(...run.output().channels[0]!.subarray(0, numFrames));
    frame += numFrames;
  }
  await run.dispose();
  return { sound, codes };
}

/** A stream that steps ahead and keeps what it is told. */
const listening = () => new FakeStream({ conditioning: CLASS_CONDITIONING, lookAheadFrames: 1600 });

/** The rows of a stream as the last saying of each has them. */
function rowsOf({ said }: FakeStream): number[][] {
  const rows: number[][] = [];
  for (const { firstFrame, frames } of said) {
    rows.length = firstFrame;
    for (let at = 0; at < frames.length; at += 3) rows.push([...frames.subarray(at, at + 3)]);
  }
  return rows;
}

describe('sashimi with a model that has classes', () => {
  after(() => {
    stepper.dispose();
    plain.dispose();
  });

  it('the same weights at the same frames make the same samples at any block size', async () => {
    const { sound: expected, codes } = await play([128], { amount: 0.5, set: 1 });
    assert.deepEqual(codes, []);
    for (const blocks of [[512], [33, 256, 1]]) {
      assert.deepEqual((await play(blocks, { amount: 0.5, set: 1 })).sound, expected);
    }
  });

  it('other weights are another sound, from their row on', async () => {
    const { sound } = await play([128]);
    const { sound: other } = await play([128], { set: 0.9 });
    const first = sound.findIndex((x, i) => x !== other[i]);
    // The row after frame 4321 begins at 4416; the resampler and a deeper tier may take a little longer.
    assert.ok(first >= 4416 && first <= 4416 + 200, `heard at ${first}`);
    assert.notDeepEqual((await play([128], { amount: 0.5 })).sound, sound);
  });

  it('says rows ahead, each once, as long as nobody moves anything', async () => {
    const stream = listening();
    await play([128], { amount: 0.5, stream });
    assert.ok(stream.said[0]!.numFrames >= 25, 'the first tick says all that a stream may step');
    let end = 0;
    for (const { firstFrame, numFrames } of stream.said) {
      assert.equal(firstFrame, end);
      end = firstFrame + numFrames;
    }
    const other = listening();
    await play([512, 33], { amount: 0.5, stream: other });
    const rows = rowsOf(stream);
    assert.deepEqual(rowsOf(other).slice(0, 60), rows.slice(0, 60));
    assert.ok(rows.some(([wind]) => wind! > 0.9) && rows.every(([, fire]) => fire === 0.5));
  });

  it('says anew from where somebody moved something', async () => {
    const stream = listening();
    await play([128], { amount: 0.5, set: 0.7, stream });
    const { said } = stream;
    const again = said.filter(
      ({ firstFrame }, i) => i > 0 && firstFrame < said[i - 1]!.firstFrame + said[i - 1]!.numFrames,
    );
    assert.deepEqual(
      again.map(({ firstFrame }) => firstFrame),
      [23],
    );
    const rain = rowsOf(stream).map((row) => row[2]!);
    assert.ok(rain.slice(0, 23).every((x) => x === 0));
    for (let j = 0; j < 20; j++) assert.ok(Math.abs(rain[23 + j]! - Math.min(0.7, (j + 1) / 15)) < 1e-5);
  });

  it('takes rows that are not known ahead as they come', async () => {
    const render = async (blocks: readonly number[]) => {
      const feed = { cond: (index: number, i: number) => (i === (index < 20 ? 0 : 1) ? 1 : 0) };
      const bench = await createBench(sashimi, {
        seed: 3,
        services: servicesFor(inline()),
        inputs: { classes: feed },
      });
      const sound = bench.render(FRAMES, blocks).audio.audio![0]!;
      assert.deepEqual(bench.notices, []);
      await bench.dispose();
      return sound;
    };
    const expected = await render([128]);
    assert.deepEqual(await render([96, 160]), expected);
    assert.deepEqual(await render([512]), expected);
  });

  it('tells a model without classes', async () => {
    const { codes } = await play([128], { stream: inline(plain) });
    assert.deepEqual(codes, ['MODEL_TAKES_NO_CLASSES']);
  });
});
