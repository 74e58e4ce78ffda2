import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FIRST_WORD_PITCH,
  packageRoot,
  parseSafetensors,
  SPEECH_HOP,
  SPEECH_SOURCE_DIM,
  toFloat32,
  WordVoice,
} from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';

/** Written by models/training/make_parity.py with models/training/word_steps.py. */
const GOLDEN = join(packageRoot(), 'test', 'golden', 'word-steps');
const NUM_WORDS = 3;
const ROW = SPEECH_HOP * SPEECH_SOURCE_DIM;

interface GoldenEvent {
  readonly frame: number;
  readonly word: number | null;
  readonly height: number;
}

/** The source of rows [from, until) of a voice that is at row `from`. */
function sourceOf(
  events: readonly GoldenEvent[],
  from: number,
  until: number,
  voice: WordVoice,
): Float32Array {
  const source = new Float32Array((until - from) * ROW).fill(Number.NaN);
  for (let frame = from; frame < until; frame++) {
    for (const { frame: at, word, height } of events) {
      if (at !== frame) continue;
      if (word === null) voice.allNotesOff();
      else voice.noteOn(FIRST_WORD_PITCH + word, height);
    }
    voice.writeSource(source, (frame - from) * ROW);
    voice.advance();
  }
  return source;
}

describe('the voice of words', () => {
  const events = JSON.parse(readFileSync(join(GOLDEN, 'events.json'), 'utf8')) as GoldenEvent[];

  it('makes the source of its twin in Python', () => {
    const golden = parseSafetensors(readFileSync(join(GOLDEN, 'frames.safetensors')));
    const expected = toFloat32(golden.tensors.get('source')!);
    const source = sourceOf(events, 0, expected.length / ROW, new WordVoice(NUM_WORDS));
    const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - source[i]!)), 0);
    assert.ok(worst < 1e-5, `${worst}`);
  });

  it('goes on from a copy with the same bits, also where rows in between were not written', () => {
    const whole = sourceOf(events, 0, 520, new WordVoice(NUM_WORDS));
    const first = new WordVoice(NUM_WORDS);
    for (let frame = 0; frame < 400; frame++) {
      for (const { frame: at, word, height } of events) {
        if (at !== frame) continue;
        if (word === null) first.allNotesOff();
        else first.noteOn(FIRST_WORD_PITCH + word, height);
      }
      first.advance();
    }
    const copy = new WordVoice(NUM_WORDS);
    copy.copyFrom(first);
    assert.deepEqual(sourceOf(events, 400, 520, copy), whole.subarray(400 * ROW));
    assert.deepEqual(sourceOf(events, 400, 520, first), whole.subarray(400 * ROW));
  });

  it('does not allocate', () => {
    const voice = new WordVoice(NUM_WORDS);
    const copy = new WordVoice(NUM_WORDS);
    const source = new Float32Array(ROW);
    let turn = 0;
    const bytes = bytesPerCall(() => {
      voice.noteOn(FIRST_WORD_PITCH + (turn++ % NUM_WORDS), 0.5);
      copy.copyFrom(voice);
      copy.writeSource(source, 0);
      voice.advance();
    }, 2000);
    // Numbers between functions that are not inlined; a view would be more.
    assert.ok(bytes < 96 * SPEECH_HOP, `${bytes} bytes`);
  });
});
