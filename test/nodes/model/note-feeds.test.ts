import assert from 'node:assert/strict';
import { type GraphEvent, msToFrames } from '../../../graph/index.js';
import { type ConditioningInput, NOTE_HOP } from '../../../models/index.js';
import { NoteConditioner } from '../../../nodes/model/note-conditioner.js';
import { isFedByKeys, isFedByNotes, isFedByWords, noteFeeds } from '../../../nodes/model/note-feeds.js';
import { bytesPerCall } from '../../support/heap.js';
import { NOTE_CONDITIONING } from '../../support/note-conditioning.js';
import { seededRandom } from '../../support/random.js';
import { WORD_CONDITIONING, WORD_DIM, WORDS, wordRows } from '../../support/word-conditioning.js';
import { FakeStream, type FakeStreamOptions, type Said } from '../fake-model-streams.js';

const RATE = 48_000;
const MOST_MODEL_FRAMES = 400;

type Timed = Omit<GraphEvent, 'frameOffset' | 'id'> & { readonly frame: number };

/** Words that begin, are replaced, and are stopped, by their own key and by all others. */
function babble(seed: number, frames: number, count: number): Timed[] {
  const uniform = seededRandom(seed);
  return Array.from({ length: count }, (): Timed => {
    const kind = uniform();
    const type = kind < 0.6 ? 'note-on' : kind < 0.95 ? 'note-off' : 'all-notes-off';
    return {
      frame: Math.floor(uniform() * frames),
      type,
      pitch: 60 + Math.floor(uniform() * WORDS.length),
      velocity: type === 'note-on' ? 0.7 : 0,
    };
  }).sort((a, b) => a.frame - b.frame);
}

/** What is told to a stream while the events come, and the keys that there are none of. */
function tell(
  events: readonly Timed[],
  frames: number,
  blocks: readonly number[],
  options: FakeStreamOptions,
) {
  const stream = new FakeStream(options);
  stream.numbers.rollback = 'ready';
  const unknown: number[] = [];
  const notes = new NoteConditioner(
    stream,
    RATE,
    MOST_MODEL_FRAMES,
    (pitch) => unknown.push(pitch),
    () => undefined,
  );
  notes.restart();
  const out = new Float32Array(MOST_MODEL_FRAMES);
  for (let frame = 0, turn = 0; frame < frames; turn++) {
    const numFrames = Math.min(blocks[turn % blocks.length]!, frames - frame);
    const inside = events
      .filter((event) => event.frame >= frame && event.frame < frame + numFrames)
      .map((event): GraphEvent => ({ ...event, id: 0, frameOffset: event.frame - frame }));
    const numModelFrames = Math.ceil((frame + numFrames) / 3) - Math.ceil(frame / 3);
    notes.tell({ startFrame: frame, numFrames }, numModelFrames, true, {
      events: inside,
      count: inside.length,
    });
    stream.read(out, numModelFrames);
    frame += numFrames;
  }
  return { said: stream.said, unknown, keys: notes.keys };
}

/** Rows [0, count) of an input after all that was said; the last row said holds. */
function rowsSaid(said: readonly Said[], input: number, count: number): Float32Array {
  const rows = new Float32Array(count * WORD_DIM);
  for (const { firstFrame, frames, ...one } of said) {
    const at = firstFrame * WORD_DIM;
    if (one.input !== input || at >= rows.length) continue;
    rows.set(frames.subarray(0, Math.min(frames.length, rows.length - at)), at);
    for (let to = at + frames.length; to < rows.length; to += WORD_DIM) rows.set(frames.slice(-WORD_DIM), to);
  }
  return rows;
}

const expectedRows = (events: readonly Timed[], count: number): Float32Array =>
  wordRows(
    events.map(({ frame, type, pitch }) => ({
      row: Math.ceil(frame / 3 / NOTE_HOP),
      play: (words) => {
        if (type === 'note-on') words.noteOn(pitch, 1);
        else if (type === 'note-off') words.noteOff(pitch);
        else words.allNotesOff();
      },
    })),
    count,
  );

describe('what notes feed', () => {
  const [roll, partials] = NOTE_CONDITIONING as [ConditioningInput, ConditioningInput];
  const words = WORD_CONDITIONING[0]!;

  it('is what has a kind that notes are, in its shape, at its rate', () => {
    const fed: readonly (readonly [ConditioningInput, number, boolean, boolean])[] = [
      [roll, 16_000, true, false],
      [partials, 16_000, true, false],
      [words, 16_000, false, true],
      [{ ...words, dim: 120 }, 16_000, false, true],
      [words, 24_000, false, false],
      [roll, 24_000, false, false],
      [{ ...roll, dim: 90 }, 16_000, false, false],
      [{ ...words, dim: 40 }, 16_000, false, false],
      [{ ...words, rateHz: 500 }, 16_000, false, false],
      [{ ...words, kind: 'class-weights' }, 16_000, false, false],
      [{ name: 'mood', dim: 12, rateHz: 250 }, 16_000, false, false],
    ];
    for (const [input, rate, byKeys, byWords] of fed) {
      assert.equal(isFedByKeys(input, rate), byKeys);
      assert.equal(isFedByWords(input, rate), byWords);
      assert.equal(isFedByNotes(input, rate), byKeys || byWords);
    }
  });

  it('has one state for all keys, and one for all words', () => {
    const mood = { name: 'mood', dim: 12, rateHz: 250 };
    const feeds = noteFeeds([words, partials, mood, roll, words], 16_000);
    assert.deepEqual(
      feeds.map(({ inputs }) => inputs.map(({ input }) => input)),
      [
        [1, 3],
        [0, 4],
      ],
    );
    assert.deepEqual(
      feeds.map(({ keys }) => keys),
      ['21 to 108', '60 to 62 (yes, no, up)'],
    );
    assert.deepEqual(noteFeeds([mood], 16_000), []);
  });
});

describe('notes to words', () => {
  const FRAMES = 2 * RATE;
  const ROWS = 500;
  const events = babble(3, FRAMES, 40);
  const expected = expectedRows(events, ROWS);

  for (const blocks of [[128], [1, 7, 64], [512, 1024]]) {
    it(`says what the definition says, inline, in blocks of ${blocks.join(', ')}`, () => {
      const { said, unknown } = tell(events, FRAMES, blocks, { conditioning: WORD_CONDITIONING });
      assert.deepEqual(rowsSaid(said, 0, ROWS), expected);
      assert.deepEqual(unknown, []);
    });
  }

  it('says the same to a stream that steps ahead and goes back, and only what is not read yet', () => {
    for (const lookAheadFrames of [320, 1280, 4000]) {
      const { said } = tell(events, FRAMES, [128, 40], {
        conditioning: WORD_CONDITIONING,
        mode: 'threaded',
        lookAheadFrames,
      });
      assert.deepEqual(rowsSaid(said, 0, ROWS), expected, `${lookAheadFrames}`);
      assert.ok(said.every(({ firstFrame, position }) => firstFrame * NOTE_HOP >= position));
    }
  });

  it('plays keys and words of one model by the same notes, each as if alone', () => {
    const conditioning = [...NOTE_CONDITIONING, ...WORD_CONDITIONING];
    const both = tell(
      [...events, { frame: FRAMES - 1, type: 'note-on', pitch: 20, velocity: 1 }],
      FRAMES,
      [128],
      {
        conditioning,
      },
    );
    assert.deepEqual(rowsSaid(both.said, 2, ROWS), expected);
    const alone = tell(events, FRAMES, [128], { conditioning: NOTE_CONDITIONING });
    for (const input of [0, 1]) {
      assert.deepEqual(
        both.said.filter((one) => one.input === input),
        alone.said.filter((one) => one.input === input),
      );
    }
    assert.deepEqual(both.unknown, [20]);
    assert.equal(both.keys, '21 to 108, and 60 to 62 (yes, no, up)');
  });

  it('allocates nothing per tick, with words and without', () => {
    const stream = new FakeStream({
      conditioning: WORD_CONDITIONING,
      mode: 'threaded',
      lookAheadFrames: 1280,
    });
    stream.numbers.rollback = 'ready';
    stream.setConditioning = () => undefined;
    const notes = new NoteConditioner(
      stream,
      RATE,
      MOST_MODEL_FRAMES,
      () => undefined,
      () => undefined,
    );
    notes.restart();
    const event: GraphEvent = { frameOffset: 3, type: 'note-on', pitch: 60, velocity: 0.5, id: 0 };
    const blocks = [
      { events: [event], count: 1 },
      { events: [], count: 0 },
    ] as const;
    const tick = { startFrame: 0, numFrames: msToFrames(2, RATE) };
    const out = new Float32Array(MOST_MODEL_FRAMES);
    let turn = 0;
    const bytes = bytesPerCall(() => {
      event.pitch = 60 + (turn++ % WORDS.length);
      notes.tell(tick, tick.numFrames / 3, true, blocks[turn % 2]!);
      stream.read(out, tick.numFrames / 3);
      tick.startFrame += tick.numFrames;
    }, 3000);
    assert.ok(bytes < 512, `${bytes} bytes`);
  });
});
