/** The node with a tiny model that speaks: its weights are random, but what steers it is heard. */
import assert from 'node:assert/strict';
import type { ModelStream } from '../../../models/index.js';
import { SPEECH_DIM, SpeechSource } from '../../../models/index.js';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { classes } from '../../../nodes/conditioning/classes.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { noteOsc } from '../../../nodes/conditioning/note-osc.js';
import { singer } from '../../../nodes/conditioning/singer.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { servicesOf, startPatch } from '../../support/graph-harness.js';
import { SPEECH_CONDITIONING } from '../../support/speech.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams, FakeStream, type Said } from '../fake-model-streams.js';

const FRAMES = 9600;
const ACT_AT = 4321;
const stepper = createReferenceStepper(tinyBundle({ conditioning: SPEECH_CONDITIONING }));
const mute = createReferenceStepper(tinyBundle({}));
const inline = (of = stepper): ModelStream => new InlineStream(of, 0, { temperature: 1, topP: 1, topK: 0 });
const fake = (): FakeStream => new FakeStream({ conditioning: SPEECH_CONDITIONING, lookAheadFrames: 1600 });

const patch = {
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'voice',
  nodes: [
    { id: 'wave', type: 'lfo', params: { rateHz: 4 } },
    { id: 'hands', type: 'note-osc' },
    { id: 'who', type: 'classes' },
    { id: 'singer', type: 'singer', params: { loudness: 0.7, vibratoCents: 40, drift: 10 } },
    { id: 'model', type: 'sashimi' },
  ],
  edges: [
    { from: 'wave.out', to: 'singer.loudness', amount: 0.2 },
    { from: 'hands.notes', to: 'singer.notes' },
    { from: 'singer.speech', to: 'model.speech' },
    { from: 'who.weights', to: 'model.classes' },
  ],
  output: 'model.audio',
};

interface Played {
  readonly sound: number[];
  readonly codes: string[];
}

/** Phones are said from the first frame on; then `act` does something at frame 4321, where a tick ends. */
async function play(
  stream: ModelStream,
  blocks: readonly number[],
  act: readonly [node: string, action: string, ...args: unknown[]] | undefined = undefined,
): Promise<Played> {
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
  const run = await startPatch(patch, [sashimi, singer, classes, lfo, noteOsc], { services });
  const codes: string[] = [];
  run.notices$.subscribe(({ code }) => codes.push(code));
  const sound: number[] = [];
  await run.callAction('singer', 'phones', ['hh:40 ah:80 l:60 ow:400']);
  for (let frame = 0, turn = 0; frame < FRAMES; turn++) {
    const stop = frame < ACT_AT ? ACT_AT : FRAMES;
    const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
    if (frame === ACT_AT && act !== undefined) await run.callAction(act[0], act[1], act.slice(2));
    run.tick(frame, numFrames);
    sound.push(...run.output().channels[0]!.subarray(0, numFrames));
    frame += numFrames;
  }
  await run.dispose();
  return { sound, codes };
}

/** What of an input was used up to the end: what was said last before it was played. */
function used(said: readonly Said[], input: number, count: number): Float32Array {
  const { dim } = SPEECH_CONDITIONING[input]!;
  const frames = new Float32Array(count * dim);
  for (const one of said) {
    if (one.input !== input || one.firstFrame >= count) continue;
    frames.set(one.frames.subarray(0, (count - one.firstFrame) * dim), one.firstFrame * dim);
  }
  return frames;
}

describe('sashimi with a model of the voice', () => {
  after(() => {
    stepper.dispose();
    mute.dispose();
  });

  it('the same phones and notes at the same frames make the same samples at any block size', async () => {
    const act = ['hands', 'note', 62, 100] as const;
    const { sound: expected, codes } = await play(inline(), [128], act);
    assert.deepEqual(codes, []);
    for (const blocks of [[512], [33, 256, 1]]) {
      assert.deepEqual((await play(inline(), blocks, act)).sound, expected);
    }
  });

  it('is heard from its row on', async () => {
    const { sound } = await play(inline(), [128]);
    for (const act of [
      ['singer', 'stop'],
      ['singer', 'phones', 'iy:200'],
      ['hands', 'note', 62, 100],
    ] as const) {
      const { sound: other } = await play(inline(), [128], act);
      const first = sound.findIndex((x, i) => x !== other[i]);
      // The row after frame 4321 begins at 4416; the resampler and a deeper tier may take a little longer.
      assert.ok(first >= 4416 && first <= 4416 + 200, `${act}: heard at ${first}`);
    }
  });

  it('says rows ahead, each once, whatever moves by itself', async () => {
    const stream = fake();
    await play(stream, [128]);
    for (const input of [0, 1, 2]) {
      const said = stream.said.filter((one) => one.input === input);
      let end = 0;
      for (const { firstFrame, numFrames } of said) {
        assert.equal(firstFrame, end, `input ${input}`);
        end = firstFrame + numFrames;
      }
      const hop = 16_000 / SPEECH_CONDITIONING[input]!.rateHz;
      assert.ok(end * hop >= FRAMES / 3 + 1600, `input ${input}: ${end} frames`);
    }
  });

  it('says anew from where somebody does something, the same at any block size', async () => {
    const act = ['singer', 'phones', 'iy:200'] as const;
    const frames = async (blocks: readonly number[]) => {
      const stream = fake();
      await play(stream, blocks, act);
      const again = stream.said.filter(({ input, firstFrame }, i, all) =>
        all.slice(0, i).some((one) => one.input === input && one.firstFrame + one.numFrames > firstFrame),
      );
      assert.deepEqual(
        again.map(({ input, firstFrame }) => [input, firstFrame]),
        [
          [0, 23],
          [1, 23 * 64],
        ],
      );
      return [used(stream.said, 0, 50), used(stream.said, 1, 50 * 64)] as const;
    };
    const expected = await frames([128]);
    assert.deepEqual(await frames([512]), expected);
    assert.deepEqual(await frames([33, 256, 1]), expected);
    const source = new SpeechSource();
    const row = new Float32Array(64 * 17);
    for (let i = 0; i < 50; i++) {
      source.write(expected[0], i * SPEECH_DIM, row, 0);
      assert.deepEqual(expected[1].subarray(i * row.length, (i + 1) * row.length), row, `source of row ${i}`);
    }
  });

  it('tells a model without speech', async () => {
    const { codes } = await play(inline(mute), [128]);
    assert.deepEqual(codes, ['MODEL_TAKES_NO_CLASSES', 'MODEL_TAKES_NO_SPEECH']);
  });
});
