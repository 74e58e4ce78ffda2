import assert from 'node:assert/strict';
import type { Note } from '../../../models/index.js';
import {
  matchNotes,
  poolScores,
  scoreLevels,
  scoreNotes,
  wrongNotes,
} from '../../../src/eval/note-scores.js';
import { NUM_BINS } from '../../../src/eval/note-spectra.js';
import type { FoundNote } from '../../../src/eval/onsets.js';
import { amplitudeAt, NUM_KEYS, TEMPLATE_VELOCITIES, type Templates } from '../../../src/eval/templates.js';

const asked = (seconds: number, pitch: number, velocity = 0.5): Note => ({
  seconds,
  endSeconds: seconds + 0.2,
  pitch,
  velocity,
});
const found = (seconds: number, pitch: number, amplitude = 0.1): FoundNote => ({ seconds, pitch, amplitude });

/** Amplitude is velocity squared on every key. */
const templates: Templates = {
  magnitudes: new Float32Array(NUM_KEYS * NUM_BINS),
  amplitudes: Float32Array.from(
    { length: TEMPLATE_VELOCITIES.length * NUM_KEYS },
    (_, i) => (TEMPLATE_VELOCITIES[Math.floor(i / NUM_KEYS)]! / 127) ** 2,
  ),
};

describe('note scores', () => {
  it('count pairs of one pitch within 50 ms, each onset once', () => {
    const scores = scoreNotes(
      [asked(1, 60), asked(1.06, 60), asked(2, 64)],
      [found(1.04, 60), found(1.1, 60), found(2.06, 64), found(2.01, 65), found(5, 60)],
    );
    assert.deepEqual(
      [scores.matched, scores.inTime, scores.asked, scores.found],
      [2, 3, 3, 5],
      'the third is late, the fourth another key but in time, the fifth alone',
    );
    assert.deepEqual(
      [scores.precision, scores.recall, scores.f1, scores.pitchAccuracy],
      [2 / 5, 2 / 3, 0.5, 2 / 3],
    );
  });

  it('make the most pairs', () => {
    const pairs = matchNotes([asked(1, 60), asked(1.05, 60)], [found(1.04, 60), found(0.97, 60)]);
    assert.equal(pairs.length, 2);
  });

  it('are 0, not undefined, where nothing is', () => {
    for (const score of [scoreNotes([asked(1, 60)], []), scoreNotes([], [found(1, 60)]), scoreNotes([], [])])
      assert.deepEqual([score.precision, score.recall, score.f1, score.pitchAccuracy], [0, 0, 0, 0]);
  });

  it('of several pieces count every onset alike', () => {
    const pooled = poolScores([
      scoreNotes([asked(1, 60)], [found(1, 60)]),
      scoreNotes([asked(1, 60), asked(2, 60), asked(3, 60)], []),
    ]);
    assert.deepEqual([pooled.precision, pooled.recall, pooled.f1], [1, 0.25, 0.4]);
  });

  it('of wrong notes have another key for every note, on the keyboard', () => {
    const notes = Array.from({ length: 88 }, (_, i) => asked(i, 21 + i));
    for (const [i, { pitch }] of wrongNotes(notes).entries())
      assert.ok(pitch !== notes[i]!.pitch && pitch >= 21 && pitch <= 108);
  });
});

describe('level scores', () => {
  it('follow the amplitudes of the keys alone', () => {
    assert.ok(Math.abs(amplitudeAt(templates, 60, 0.5) - 0.25) < 1e-4);
    assert.ok(Math.abs(amplitudeAt(templates, 60, 0.01) - 0.0001) < 1e-6);
  });

  it('are perfect but for a bias when all is twice as loud', () => {
    const matches = [0.2, 0.4, 0.9].map((velocity) => ({
      asked: asked(1, 60, velocity),
      found: found(1, 60, 2 * velocity ** 2),
    }));
    const { correlation, biasDb, errorDb } = scoreLevels(templates, matches);
    assert.ok(correlation! > 0.9999 && Math.abs(biasDb! - 20 * Math.log10(2)) < 0.01 && errorDb! < 0.01);
  });

  it('have no correlation where all notes are asked for alike, or too few', () => {
    const match = { asked: asked(1, 60), found: found(1, 60) };
    assert.equal(scoreLevels(templates, [match, match, match]).correlation, null);
    assert.deepEqual(scoreLevels(templates, []), { correlation: null, biasDb: null, errorDb: null });
  });
});
