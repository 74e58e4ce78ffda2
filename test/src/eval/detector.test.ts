import assert from 'node:assert/strict';
import type { Note, Performance } from '../../../models/index.js';
import { additiveInstrument, renderAdditive } from '../../../src/eval/additive.js';
import { NoteDetector } from '../../../src/eval/detector.js';
import { builtIn, excerptOf } from '../../../src/eval/material.js';
import { matchNotes, scoreLevels, scoreNotes, wrongNotes } from '../../../src/eval/note-scores.js';
import type { FoundNote } from '../../../src/eval/onsets.js';
import { makeTemplates, type Templates } from '../../../src/eval/templates.js';
import { gaussian, seededRandom } from '../../support/random.js';

describe('the note detector', function () {
  this.timeout(300_000);
  let templates: Templates;
  before(async () => {
    templates = await makeTemplates(additiveInstrument);
  });

  const find = (sound: Float32Array): Promise<FoundNote[]> => new NoteDetector(templates).find(sound);
  const music: Performance = excerptOf(builtIn('random', 3), 0, 6);
  const f1 = (asked: readonly Note[], found: readonly FoundNote[]): number => scoreNotes(asked, found).f1;

  it('finds the notes that were played, when and as loud as they were, and hardly any other', async () => {
    const found = await find(renderAdditive(music, music.seconds));
    const scores = scoreNotes(music.notes, found);
    assert.ok(scores.f1 > 0.9, JSON.stringify(scores));
    assert.ok(scores.pitchAccuracy > 0.9, JSON.stringify(scores));
    assert.ok(f1(wrongNotes(music.notes), found) < 0.1, 'chance gives little');
    const level = scoreLevels(templates, matchNotes(music.notes, found));
    assert.ok(level.correlation! > 0.8 && level.errorDb! < 4, JSON.stringify(level));
  });

  it('finds chords of ten keys', async () => {
    const chords = excerptOf(builtIn('chords', 1), 0, 4);
    const scores = scoreNotes(chords.notes, await find(renderAdditive(chords, chords.seconds)));
    assert.ok(scores.f1 > 0.8 && scores.recall > 0.95, JSON.stringify(scores));
  });

  it('finds a scale over the whole keyboard', async () => {
    const scale = excerptOf(builtIn('chromatic', 1), 0, 23);
    const scores = scoreNotes(scale.notes, await find(renderAdditive(scale, scale.seconds)));
    assert.ok(scores.f1 > 0.9, JSON.stringify(scores));
  });

  it('finds single notes out of silence, and nothing in the silence', async () => {
    const lonely = excerptOf(builtIn('lonely', 1), 0, 6);
    const scores = scoreNotes(lonely.notes, await find(renderAdditive(lonely, lonely.seconds)));
    assert.deepEqual([scores.f1, scores.found], [1, 1]);
  });

  it('gives nothing for silence', async () => {
    assert.deepEqual(await find(new Float32Array(32_000)), []);
  });

  it('is not fooled by noise', async () => {
    const normal = gaussian(seededRandom(1));
    const noise = Float32Array.from({ length: music.seconds * 16_000 }, () => 0.05 * normal());
    const score = f1(music.notes, await find(noise));
    assert.ok(score < 0.1, String(score));
  });

  it('hears no notes in rumble', async () => {
    const normal = gaussian(seededRandom(2));
    let low = 0;
    let lower = 0;
    const rumble = renderAdditive(music, music.seconds).map((x) => {
      low += 0.012 * (0.3 * normal() - low);
      lower += 0.012 * (low - lower);
      return x + lower;
    });
    const scores = scoreNotes(music.notes, await find(rumble));
    assert.ok(scores.f1 > 0.85, JSON.stringify(scores));
  });

  it('is not fooled by all keys at once, again and again', async () => {
    const notes = Array.from({ length: 88 * 4 }, (_, i) => {
      const seconds = 0.1 + Math.floor(i / 88) * 1.5;
      return { seconds, endSeconds: seconds + 0.4, pitch: 21 + (i % 88), velocity: 0.5 };
    });
    const score = f1(
      music.notes,
      await find(renderAdditive({ notes, pedals: [], seconds: 7 }, music.seconds)),
    );
    assert.ok(score < 0.15, String(score));
  });
});
