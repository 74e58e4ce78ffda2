import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  PHONES,
  packageRoot,
  parseSafetensors,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_LOUDNESS,
  SPEECH_OCTAVES,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechRows,
  toFloat32,
  voicingOf,
} from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';

/** Written by models/training/make_parity.py with models/training/speech_rows.py. */
const GOLDEN = join(packageRoot(), 'test', 'golden', 'speech');
/** Both write float32; between, the phases of 6000 samples are added in another order. */
const TOLERANCE = 1e-5;
const SOURCE_ROW = SPEECH_HOP * SPEECH_SOURCE_DIM;
const PULSE = SPEECH_SOURCE_DIM - 1;

const number = (phone: string): number => PHONES.indexOf(phone);

function sourceOf(rows: Float32Array, source = new SpeechSource()): Float32Array {
  const count = rows.length / SPEECH_DIM;
  const into = new Float32Array(count * SOURCE_ROW);
  for (let row = 0; row < count; row++) source.write(rows, row * SPEECH_DIM, into, row * SOURCE_ROW);
  return into;
}

function worst(actual: Float32Array, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

const steady = (phone: string, pitchHz: number, count: number): Float32Array =>
  speechRows(
    [{ phone: number(phone), end: count }],
    new Array(count).fill(pitchHz),
    new Array(count).fill(1),
  );

describe('the rows of speech', () => {
  it('and their source are those of the twin in Python', () => {
    const asked = JSON.parse(readFileSync(join(GOLDEN, 'segments.json'), 'utf8')) as {
      readonly segments: readonly { readonly phone: string; readonly end: number }[];
      readonly pitchHz: readonly number[];
      readonly loudness: readonly number[];
    };
    const golden = parseSafetensors(readFileSync(join(GOLDEN, 'rows.safetensors')));
    const expected = (name: string) => toFloat32(golden.tensors.get(name)!);
    const segments = asked.segments.map(({ phone, end }) => ({ phone: number(phone), end }));
    const rows = speechRows(segments, asked.pitchHz, asked.loudness);
    assert.ok(worst(rows, expected('speech')) <= TOLERANCE, `rows: ${worst(rows, expected('speech'))}`);
    const source = sourceOf(rows);
    assert.ok(worst(source, expected('source')) <= TOLERANCE, `source: ${worst(source, expected('source'))}`);
  });

  it('know the phones in the order of the labels, and how much of each is voice', () => {
    assert.equal(PHONES.length, 41);
    assert.deepEqual([PHONES[0], PHONES[40]], ['pau', 'zh']);
    for (const [phone, voicing] of [
      ['pau', 0],
      ['s', 0],
      ['aa', 1],
      ['ng', 1],
      ['b', 0.7],
      ['zh', 0.6],
    ] as const) {
      assert.equal(voicingOf(number(phone)), voicing, phone);
    }
  });

  it('hand over from phone to phone in 40 ms around the boundary, less where a phone is shorter', () => {
    const segments = [
      { phone: number('aa'), end: 20 },
      { phone: number('iy'), end: 22 },
      { phone: number('uw'), end: 60 },
    ];
    const rows = speechRows(segments, new Array(60).fill(110), new Array(60).fill(0.5));
    const weight = (row: number, phone: string) => rows[row * SPEECH_DIM + number(phone)]!;
    assert.deepEqual([weight(18, 'aa'), weight(19, 'aa'), weight(20, 'iy')], [1, 0.75, 0.75]);
    for (let row = 0; row < 60; row++) {
      const sum = PHONES.reduce((total, phone) => total + weight(row, phone), 0);
      assert.ok(Math.abs(sum - 1) < 1e-6);
      assert.equal(rows[row * SPEECH_DIM + SPEECH_OCTAVES], 0);
      assert.equal(rows[row * SPEECH_DIM + SPEECH_LOUDNESS], 0.5);
    }
    const long = speechRows(
      [
        { phone: number('aa'), end: 20 },
        { phone: number('uw'), end: 40 },
      ],
      new Array(40).fill(110),
      new Array(40).fill(1),
    );
    const shares = Array.from({ length: 12 }, (_, i) => long[(14 + i) * SPEECH_DIM + number('uw')]!);
    const expected = [0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1];
    assert.deepEqual(shares, expected.map(Math.fround));
  });
});

describe('the source of speech', () => {
  it('has a pulse per cycle, as much as the phone is voiced, in its place between two samples', () => {
    for (const [phone, voicing] of [
      ['aa', 1],
      ['z', 0.6],
      ['s', 0],
    ] as const) {
      const source = sourceOf(steady(phone, 130, 250));
      let sum = 0;
      let center = 0;
      for (let n = 0; n < 200; n++) {
        sum += source[n * SPEECH_SOURCE_DIM + PULSE]!;
        center += n * source[n * SPEECH_SOURCE_DIM + PULSE]!;
      }
      // Cycles begin at samples 0 and 123.08, and are told one later.
      assert.ok(Math.abs(sum - 2 * voicing) < 1e-5, `${phone}: ${sum}`);
      if (voicing > 0) assert.ok(Math.abs(center / sum - (1 + 16000 / 130 + 1) / 2) < 1e-3, phone);
      for (let n = 200; n < 16000; n++) sum += source[n * SPEECH_SOURCE_DIM + PULSE]!;
      assert.ok(Math.abs(sum - 130 * voicing) < 1.01, `${phone}: ${sum} in a second`);
    }
  });

  it('keeps its phase for a minute', () => {
    const hz = 200;
    const rows = steady('aa', hz, 1);
    const source = new SpeechSource();
    const into = new Float32Array(SOURCE_ROW);
    for (let row = 0; row < 60 * 250; row++) source.write(rows, 0, into, 0);
    // The pitch of a row is a float32.
    const exact = 110 * 2 ** rows[SPEECH_OCTAVES]!;
    const phase = (exact * (60 * 16000 - 1)) / 16000;
    for (let k = 1; k <= 8; k++) {
      const at = (SPEECH_HOP - 1) * SPEECH_SOURCE_DIM + 2 * k - 2;
      assert.ok(Math.abs(into[at]! - Math.sin(2 * Math.PI * k * phase)) < 1e-5, `sine ${k}`);
      assert.ok(Math.abs(into[at + 1]! - Math.cos(2 * Math.PI * k * phase)) < 1e-5, `cosine ${k}`);
    }
  });

  it('takes a pitch out of range as the end of the range', () => {
    const rows = steady('aa', 600, 10);
    const beyond = rows.slice();
    for (let row = 0; row < 10; row++) beyond[row * SPEECH_DIM + SPEECH_OCTAVES] = 9;
    assert.deepEqual(sourceOf(beyond), sourceOf(rows));
  });

  it('goes on from a copy with the same bits, and begins anew when reset', () => {
    const rows = speechRows(
      [
        { phone: number('m'), end: 9 },
        { phone: number('ay'), end: 20 },
      ],
      Array.from({ length: 20 }, (_, row) => 100 + 13 * row),
      new Array(20).fill(1),
    );
    const whole = sourceOf(rows);
    const first = new SpeechSource();
    sourceOf(rows.subarray(0, 7 * SPEECH_DIM), first);
    const copy = new SpeechSource();
    copy.copyFrom(first);
    for (const source of [first, copy]) {
      assert.deepEqual(sourceOf(rows.subarray(7 * SPEECH_DIM), source), whole.subarray(7 * SOURCE_ROW));
    }
    first.reset();
    assert.deepEqual(sourceOf(rows, first), whole);
  });

  it('does not allocate', () => {
    const rows = steady('aa', 200, 1);
    const source = new SpeechSource();
    const copy = new SpeechSource();
    const into = new Float32Array(SOURCE_ROW);
    const bytes = bytesPerCall(() => {
      source.write(rows, 0, into, 0);
      copy.copyFrom(source);
    }, 5000);
    assert.ok(bytes < 64, `${bytes} bytes`);
  });
});
