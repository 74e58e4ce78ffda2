import assert from 'node:assert/strict';
import {
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechRows,
} from '../../../models/index.js';
import { isFedBySpeech, speechFeeds } from '../../../nodes/model/speech-feeds.js';
import { bytesPerCall } from '../../support/heap.js';
import { SPEECH_CONDITIONING } from '../../support/speech.js';

const CAPACITY = 20;
const SOURCE_ROW = SPEECH_HOP * SPEECH_SOURCE_DIM;

/** `count` rows at a pitch that rises. */
function rowsOf(count: number, fromHz = 100): Float32Array[] {
  const hz = Array.from({ length: count }, (_, row) => fromHz + 3 * row);
  const rows = speechRows([{ phone: 1, end: count }], hz, new Array(count).fill(1));
  return hz.map((_, row) => rows.slice(row * SPEECH_DIM, (row + 1) * SPEECH_DIM));
}

function sourceOf(rows: readonly Float32Array[]): Float32Array {
  const source = new SpeechSource();
  const into = new Float32Array(rows.length * SOURCE_ROW);
  for (const [i, row] of rows.entries()) source.write(row, 0, into, i * SOURCE_ROW);
  return into;
}

describe('what speech feeds', () => {
  const [plain, source] = speechFeeds(SPEECH_CONDITIONING, 16_000, CAPACITY);

  it('is the rows and the source of a model at 16 kHz, in their shapes', () => {
    assert.deepEqual(
      SPEECH_CONDITIONING.map((spec) => isFedBySpeech(spec, 16_000)),
      [true, true, false],
    );
    assert.ok(!isFedBySpeech(SPEECH_CONDITIONING[0]!, 8000));
    assert.ok(!isFedBySpeech({ ...SPEECH_CONDITIONING[0]!, dim: 42 }, 16_000));
    assert.ok(!isFedBySpeech({ ...SPEECH_CONDITIONING[1]!, rateHz: 250 }, 16_000));
    assert.deepEqual([plain!.input, plain!.framesPerRow, plain!.dim], [0, 1, SPEECH_DIM]);
    assert.deepEqual([source!.input, source!.framesPerRow, source!.dim], [1, SPEECH_HOP, SPEECH_SOURCE_DIM]);
  });

  it('has a source whose phase goes on from row to row, and from whichever row is written anew', () => {
    source!.restart();
    const first = rowsOf(30);
    const changed = [...first.slice(0, 17), ...rowsOf(25, 250)];
    const into = new Float32Array(42 * SOURCE_ROW);
    for (const [i, row] of first.entries()) source!.write(i, row, into, i * SOURCE_ROW);
    assert.deepEqual(into.subarray(0, 30 * SOURCE_ROW), sourceOf(first));
    for (let i = 17; i < 42; i++) source!.write(i, changed[i]!, into, i * SOURCE_ROW);
    assert.deepEqual(into, sourceOf(changed));
    for (let back = 42 - CAPACITY; back < 42; back++)
      source!.write(back, changed[back]!, into, back * SOURCE_ROW);
    assert.deepEqual(into, sourceOf(changed));
  });

  it('begins anew, and goes on after rows that were left out', () => {
    const rows = rowsOf(10);
    const into = new Float32Array(10 * SOURCE_ROW);
    source!.restart();
    for (const [i, row] of rows.entries()) source!.write(i < 5 ? i : i + 100, row, into, i * SOURCE_ROW);
    assert.deepEqual(into, sourceOf(rows));
  });

  it('does not allocate', () => {
    const [row] = rowsOf(1);
    const into = new Float32Array(SOURCE_ROW);
    let turn = 0;
    source!.restart();
    const bytes = bytesPerCall(() => source!.write(turn++ >> 1, row!, into, 0), 5000);
    assert.ok(bytes < 64, `${bytes} bytes`);
  });
});
