import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FIRST_WORD_PITCH,
  packageRoot,
  parseSafetensors,
  toFloat32,
  WORD_FRAMES,
  WORD_STEPS,
  WordSteps,
} from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';

/** Written by models/training/make_parity.py with models/training/word_steps.py. */
const GOLDEN = join(packageRoot(), 'test', 'golden', 'word-steps');
const NUM_WORDS = 3;
const DIM = NUM_WORDS * WORD_STEPS;

interface GoldenEvent {
  readonly frame: number;
  readonly word: number | null;
  readonly height: number;
}

function rowsOf(
  events: readonly GoldenEvent[],
  count: number,
  words = new WordSteps(NUM_WORDS),
): Float32Array {
  const rows = new Float32Array(count * DIM).fill(Number.NaN);
  for (let frame = 0; frame < count; frame++) {
    for (const event of events) {
      if (event.frame !== frame) continue;
      if (event.word === null) words.allNotesOff();
      else words.noteOn(FIRST_WORD_PITCH + event.word, event.height);
    }
    words.write(rows, frame * DIM);
    words.advance();
  }
  return rows;
}

describe('the word steps', () => {
  const events = JSON.parse(readFileSync(join(GOLDEN, 'events.json'), 'utf8')) as GoldenEvent[];

  it('makes the rows of its twin in Python, bit for bit', () => {
    const golden = parseSafetensors(readFileSync(join(GOLDEN, 'frames.safetensors')));
    const expected = toFloat32(golden.tensors.get('words')!);
    assert.deepEqual(rowsOf(events, expected.length / DIM), Float32Array.from(expected));
  });

  it('goes through its steps in a tenth of a second each, and then is over', () => {
    const rows = rowsOf([{ frame: 0, word: 2, height: 0.5 }], WORD_FRAMES + 1);
    const value = (frame: number, step: number) => rows[frame * DIM + 2 * WORD_STEPS + step]!;
    assert.deepEqual([value(0, 0), value(25, 0), value(25, 1)], [1, 0, 1]);
    assert.deepEqual([value(10, 0), value(10, 1)], [Math.fround(0.6), Math.fround(0.4)]);
    assert.ok(value(WORD_FRAMES - 1, WORD_STEPS - 1) > 0);
    assert.ok(rows.subarray(WORD_FRAMES * DIM).every((x) => x === 0));
  });

  it('stops with the key of the word that sounds, and with no other', () => {
    const isSounding = (words: WordSteps): boolean => {
      const row = new Float32Array(DIM);
      words.write(row, 0);
      return row.some((x) => x > 0);
    };
    const words = new WordSteps(NUM_WORDS);
    words.noteOn(60, 0.5);
    words.noteOn(61, 0.5);
    words.noteOff(60);
    words.pedal();
    assert.ok(isSounding(words));
    words.noteOff(61);
    assert.ok(!isSounding(words));
  });

  it('has a key for each word, from 60 on', () => {
    const words = new WordSteps(NUM_WORDS);
    assert.deepEqual(
      [59, 60, 62, 63].map((pitch) => words.hasKey(pitch)),
      [false, true, true, false],
    );
  });

  it('goes on from a copy with the same bits', () => {
    const whole = rowsOf(events, 520);
    const first = new WordSteps(NUM_WORDS);
    rowsOf(events, 400, first);
    const copy = new WordSteps(NUM_WORDS);
    copy.copyFrom(first);
    const later = events.map((event) => ({ ...event, frame: event.frame - 400 }));
    for (const words of [first, copy]) {
      assert.deepEqual(rowsOf(later, 120, words), whole.subarray(400 * DIM));
    }
  });

  it('does not allocate', () => {
    const words = new WordSteps(NUM_WORDS);
    const copy = new WordSteps(NUM_WORDS);
    const row = new Float32Array(DIM);
    let turn = 0;
    const bytes = bytesPerCall(() => {
      words.noteOn(60 + (turn++ % NUM_WORDS), 0.5);
      copy.copyFrom(words);
      copy.write(row, 0);
      words.advance();
    }, 5000);
    assert.ok(bytes < 64, `${bytes} bytes`);
  });
});
