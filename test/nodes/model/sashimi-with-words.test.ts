/** The node with a tiny model that takes words: its weights are random, but what steers it is heard. */
import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { walk } from '../../../nodes/conditioning/walk.js';
import { wordOsc } from '../../../nodes/conditioning/word-osc.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { createBench, servicesOf, startPatch, type TimedEvent } from '../../support/graph-harness.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { WORD_CONDITIONING, WORDS } from '../../support/word-conditioning.js';
import { FakeModelStreams } from '../fake-model-streams.js';

const FRAMES = 7200;
const stepper = createReferenceStepper(tinyBundle({ conditioning: WORD_CONDITIONING }));

const services = () =>
  servicesOf([
    MODEL_STREAMS,
    new FakeModelStreams(new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 })),
  ]);

const word = (frame: number, pitch: number): TimedEvent => ({
  frame,
  type: 'note-on',
  pitch,
  velocity: 1,
  id: 1,
});

async function render(events: readonly TimedEvent[], blocks: readonly number[], sampleRate = 48_000) {
  const inputs = { notes: { events } };
  const bench = await createBench(sashimi, { seed: 3, services: services(), inputs, sampleRate });
  const x = bench.render(FRAMES, blocks).audio.audio![0]!;
  await bench.dispose();
  return { x, notices: bench.notices };
}

const firstDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).findIndex((x, i) => x !== b[i]);

describe('sashimi with a model that says words', () => {
  after(() => stepper.dispose());

  const events = [word(500, 60), word(2100, 62), { ...word(4000, 62), type: 'note-off' as const }];

  for (const sampleRate of [48_000, 44_100]) {
    it(`the same words at the same frames make the same samples at any block size, at ${sampleRate} Hz`, async () => {
      const { x: expected, notices } = await render(events, [128], sampleRate);
      assert.deepEqual(notices, []);
      for (const blocks of [[1, 7, 64, 500], [512], [33]]) {
        assert.deepEqual((await render(events, blocks, sampleRate)).x, expected);
      }
    });
  }

  it('a word is heard from its row on, and is another than its neighbour', async () => {
    const { x: silent } = await render([], [128]);
    const { x: yes } = await render([word(1000, 60)], [128]);
    const first = firstDifference(yes, silent);
    assert.ok(first >= 1152 && first <= 1152 + 144, `heard at ${first}`);
    const other = firstDifference(yes, (await render([word(1000, 61)], [128])).x);
    assert.ok(other >= 1152 && other <= 1152 + 200, `${other}`);
  });

  it('tells of keys that are no words', async () => {
    const { notices } = await render([word(0, 63)], [128]);
    assert.deepEqual(
      notices.map(({ code, message }) => [code, message]),
      [['MODEL_NO_SUCH_KEY', 'note 63 was ignored: this model has the keys 60 to 62 (yes, no, up)']],
    );
  });

  /** A source of notes before the model; `before` runs at frame 1234, where a tick ends. */
  async function play(
    source: Readonly<Record<string, unknown>>,
    blocks: readonly number[],
    before: readonly [string, ...unknown[]] | undefined = undefined,
  ): Promise<number[]> {
    const patch = {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'words',
      nodes: [
        { id: 'mouth', ...source },
        { id: 'model', type: 'sashimi' },
      ],
      edges: [{ from: 'mouth.notes', to: 'model.notes' }],
      output: 'model.audio',
    };
    const run = await startPatch(patch, [sashimi, wordOsc, walk], { services: services() });
    const sound: number[] = [];
    for (let frame = 0, turn = 0; frame < FRAMES; turn++) {
      const stop = frame < 1234 ? 1234 : FRAMES;
      const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
      if (frame === 1234 && before !== undefined) await run.callAction('mouth', before[0], before.slice(1));
      run.tick(frame, numFrames);
      sound.push(...run.output().channels[0]!.subarray(0, numFrames));
      frame += numFrames;
    }
    await run.dispose();
    return sound;
  }

  it('says what word-osc is told, wherever the blocks lie', async () => {
    const mouth = { type: 'word-osc', settings: { words: WORDS.join(' ') } };
    const expected = await play(mouth, [128], ['say', 'up']);
    assert.deepEqual(await play(mouth, [512], ['say', 'up']), expected);
    assert.deepEqual(await play(mouth, [61, 7], ['say', 'up']), expected);
    const first = firstDifference(expected, await play(mouth, [128]));
    assert.ok(first >= 1344 && first <= 1344 + 144, `heard at ${first}`);
  });

  it('says what a walk plays, wherever the blocks lie', async () => {
    const mouth = { type: 'walk', params: { lowKey: 60, highKey: 62, intervalMs: 40 } };
    const expected = await play(mouth, [128]);
    assert.deepEqual(await play(mouth, [512, 3]), expected);
    assert.notDeepEqual(
      await play({ ...mouth, params: { ...mouth.params, intervalMs: 30 } }, [128]),
      expected,
    );
  });
});
