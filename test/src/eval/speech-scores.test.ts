import assert from 'node:assert/strict';
import { trackPitch } from '../../../src/eval/pitch-track.js';
import {
  pitchErrors,
  pitchedRows,
  type SpeechErrors,
  shapeErrors,
  speechScores,
} from '../../../src/eval/speech-scores.js';
import { utteranceOf } from '../../support/speech.js';

const melody = (row: number): number => (row < 60 ? 140 : 185);
const spoken = utteranceOf(
  [
    ['pau', 12],
    ['m', 20],
    ['aa', 40],
    ['l', 18],
    ['iy', 40],
    ['s', 20],
    ['ow', 40],
    ['pau', 20],
  ],
  melody,
);

/** The same sound later, beginning with silence. */
function later(sound: Float32Array, ms: number): Float32Array {
  const out = new Float32Array(sound.length);
  const samples = 16 * ms;
  out.set(sound.subarray(Math.max(0, -samples), samples > 0 ? -samples : undefined), Math.max(0, samples));
  return out;
}

const errorsOf = (sound: Float32Array): SpeechErrors => ({
  ...shapeErrors(spoken, spoken.sound, sound),
  cents: pitchErrors(spoken, trackPitch(sound), spoken.pitchHz),
});

describe('the scores of speech', () => {
  it('are perfect for the truth', () => {
    const scores = speechScores([errorsOf(spoken.sound)]);
    assert.equal(scores.boundaries, 7);
    assert.deepEqual([scores.timeMedianMs, scores.time90Ms, scores.distortionDb], [0, 0, 0]);
    assert.ok(
      scores.pitchRows > 100 && scores.pitchFound > 0.95 && scores.pitchRight > 0.95,
      JSON.stringify(scores),
    );
    assert.ok(scores.pitchMedianCents! < 5, JSON.stringify(scores));
  });

  for (const ms of [-25, 10, 30, 60]) {
    it(`find that all is ${ms} ms late`, () => {
      const { timesMs } = errorsOf(later(spoken.sound, ms));
      // The last boundary leads to silence, where nothing says when.
      for (const time of timesMs.slice(1, -1)) assert.ok(Math.abs(time - ms) <= 8, `${timesMs}`);
      assert.ok(
        Math.abs(speechScores([errorsOf(later(spoken.sound, ms))]).timeMedianMs! - Math.abs(ms)) <= 5,
      );
    });
  }

  it('find another text out of time and of another colour', () => {
    const other = utteranceOf(
      [
        ['pau', 30],
        ['uw', 70],
        ['n', 50],
        ['ae', 60],
      ],
      melody,
    );
    const scores = speechScores([errorsOf(other.sound)]);
    assert.ok(scores.timeMedianMs! > 30, JSON.stringify(scores));
    assert.ok(scores.distortionDb! > 4, JSON.stringify(scores));
  });

  it('find another melody, by as much as it is off', () => {
    const off = (cents: number) =>
      errorsOf(utteranceOf([['aa', 210]], (row) => melody(row) * 2 ** (cents / 1200)).sound).cents;
    for (const cents of [-300, 40, 100]) {
      const found = [...off(cents)].sort((a, b) => a - b);
      assert.ok(Math.abs(found[found.length >> 1]! - cents) < 5, `${found[found.length >> 1]} for ${cents}`);
    }
    assert.ok(speechScores([{ timesMs: [], distortionsDb: [], cents: off(100) }]).pitchRight < 0.1);
  });

  it('look for a pitch inside of voiced phones only', () => {
    const rows = pitchedRows(spoken);
    const isIn = (row: number): boolean => rows.includes(row);
    assert.deepEqual([isIn(12), isIn(15), isIn(16), isIn(80)], [false, false, true, true]);
    assert.ok(!isIn(128) && !isIn(140) && !isIn(205));
  });

  it('miss what is not there: silence has no pitch, and is no chance hit', () => {
    const scores = speechScores([errorsOf(new Float32Array(spoken.sound.length))]);
    assert.deepEqual([scores.pitchFound, scores.pitchRight, scores.pitchMedianCents], [0, 0, null]);
  });

  it('put several together by boundary and by row', () => {
    const scores = speechScores([
      { timesMs: [-10, 20], cents: [10, Number.NaN, -60], distortionsDb: [2] },
      { timesMs: [30], cents: [0], distortionsDb: [4, 6] },
    ]);
    assert.deepEqual(scores, {
      boundaries: 3,
      timeMedianMs: 20,
      time90Ms: 28,
      pitchRows: 4,
      pitchMedianCents: 10,
      pitchRight: 0.5,
      pitchFound: 0.75,
      distortionDb: 4,
    });
    assert.equal(speechScores([]).timeMedianMs, null);
  });
});
