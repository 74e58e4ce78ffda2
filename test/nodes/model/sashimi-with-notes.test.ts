/** The node with a tiny model that takes notes: its weights are random, but what steers it is heard. */
import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { noteOsc } from '../../../nodes/conditioning/note-osc.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import {
  createBench,
  type HarnessOptions,
  servicesOf,
  startPatch,
  type TimedEvent,
} from '../../support/graph-harness.js';
import { NOTE_CONDITIONING } from '../../support/note-conditioning.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

const FRAMES = 7200;
const stepper = createReferenceStepper(tinyBundle({ conditioning: NOTE_CONDITIONING }));

const note = (frame: number, pitch = 60, velocity = 0.8): TimedEvent => ({
  frame,
  type: 'note-on',
  pitch,
  velocity,
  id: 1,
});

async function render(
  events: readonly TimedEvent[] | undefined,
  blocks: readonly number[],
  options: HarnessOptions = {},
): Promise<Float32Array> {
  const stream = new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 });
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
  const inputs = events === undefined ? {} : { notes: { events } };
  const bench = await createBench(sashimi, { seed: 3, services, inputs, ...options });
  const x = bench.render(FRAMES, blocks).audio.audio![0]!;
  await bench.dispose();
  return x;
}

const firstDifference = (a: Float32Array, b: Float32Array): number => a.findIndex((x, i) => x !== b[i]);

describe('sashimi with a model that takes notes', () => {
  after(() => stepper.dispose());

  const events = [note(500), note(900, 64), { ...note(3000), type: 'note-off' as const }, note(3001, 67)];

  for (const sampleRate of [48000, 44100]) {
    it(`the same notes at the same frames make the same samples at any block size, at ${sampleRate} Hz`, async () => {
      const expected = await render(events, [128], { sampleRate });
      for (const blocks of [[1, 7, 64, 500], [512], [33]]) {
        assert.deepEqual(await render(events, blocks, { sampleRate }), expected);
      }
    });
  }

  it('a note is heard from its place on: the frame of the roll after it, and the resampler', async () => {
    const silent = await render([], [128]);
    for (const at of [960, 961, 1000, 1151]) {
      const first = firstDifference(await render([note(at)], [128]), silent);
      const from = Math.ceil(at / 192) * 192;
      assert.ok(first >= from && first <= from + 144, `played at ${at}, heard at ${first}`);
    }
  });

  it('plays freely when nothing is connected, which is not the same as silent keys', async () => {
    assert.ok(firstDifference(await render(undefined, [128]), await render([], [128])) < 100);
  });

  it('starts anew with the keys that are held', async () => {
    const play = async (keys: readonly TimedEvent[]) => {
      const stream = new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 });
      const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
      const bench = await createBench(sashimi, { services, inputs: { notes: { events: keys } } });
      bench.render(2000);
      await bench.act('reset', 5);
      const x = bench.render(4000).audio.audio![0]!;
      await bench.dispose();
      return x;
    };
    const held = await play([note(100)]);
    assert.ok(firstDifference(held, await play([])) < 200);
    const letGo: TimedEvent[] = [note(100), { ...note(2500), type: 'note-off' }];
    const first = firstDifference(held, await play(letGo));
    assert.ok(first > 500 && first < 900, `let go at 500 after the reset, heard at ${first}`);
  });

  it('is played by messages: a note lands on its frame wherever the blocks lie', async () => {
    const play = async (blocks: readonly number[], at: number) => {
      const stream = new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 });
      const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
      const patch = {
        format: 'sashimi-live/patch',
        formatVersion: 1,
        title: 'keys',
        nodes: [
          { id: 'hands', type: 'note-osc' },
          { id: 'model', type: 'sashimi' },
        ],
        edges: [{ from: 'hands.notes', to: 'model.notes' }],
        output: 'model.audio',
      };
      const run = await startPatch(patch, [sashimi, noteOsc], { services });
      const sound: number[] = [];
      for (let frame = 0, turn = 0; frame < FRAMES; turn++) {
        // As the engine does it: a tick ends where a message applies.
        const stop = frame < at ? at : FRAMES;
        const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
        if (frame === at) await run.callAction('hands', 'note', [60, 100]);
        run.tick(frame, numFrames);
        sound.push(...run.output().channels[0]!.subarray(0, numFrames));
        frame += numFrames;
      }
      await run.dispose();
      return sound;
    };
    const expected = await play([128], 1234);
    assert.deepEqual(await play([512], 1234), expected);
    assert.deepEqual(await play([61, 7], 1234), expected);
    assert.notDeepEqual(await play([128], 1500), expected);
  });

  it('tells what does not fit, once: notes without a taker, inputs without a feeder, keys that are none', async () => {
    const told = async (stream: FakeStream, events?: readonly TimedEvent[]) => {
      const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
      const inputs = events === undefined ? {} : { notes: { events } };
      const bench = await createBench(sashimi, { services, inputs });
      bench.render(9600);
      await bench.act('reset');
      bench.render(9600);
      await bench.dispose();
      return bench.notices.filter(({ kind }) => kind === 'warning');
    };
    const codes = async (...args: Parameters<typeof told>) => (await told(...args)).map(({ code }) => code);
    const mood = { name: 'mood', dim: 2, rateHz: 100 };
    const keyed = () => new FakeStream({ conditioning: NOTE_CONDITIONING });
    assert.deepEqual(await codes(new FakeStream(), [note(0)]), ['MODEL_TAKES_NO_NOTES']);
    assert.deepEqual(await codes(new FakeStream()), []);
    assert.deepEqual(await codes(keyed(), [note(0)]), []);
    assert.deepEqual(await codes(keyed()), []);
    const moody = () => new FakeStream({ conditioning: [...NOTE_CONDITIONING, mood] });
    assert.deepEqual(await codes(moody(), [note(0)]), ['MODEL_NOT_STEERED']);
    const [notice] = await told(moody());
    assert.equal(notice!.message, 'nothing can feed mood of this model: it plays without');
    assert.deepEqual(await codes(new FakeStream({ conditioning: [mood] }), [note(0)]), [
      'MODEL_NOT_STEERED',
      'MODEL_TAKES_NO_NOTES',
    ]);
    const [low] = await told(keyed(), [note(0, 20)]);
    assert.equal(low!.code, 'MODEL_NO_SUCH_KEY');
    assert.equal(low!.message, 'note 20 was ignored: this model has the keys 21 to 108');
  });
});
