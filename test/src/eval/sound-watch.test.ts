import assert from 'node:assert/strict';
import { levelFigures, SoundWatch, SPECTRUM_ROWS, spectralDriftDb } from '../../../src/eval/sound-watch.js';

const RATE = 16_000;

/** A tone of `hz` that changes by `dbPerMinute`. */
function tone(seconds: number, hz: number, dbPerMinute = 0): Float32Array {
  return Float32Array.from(
    { length: seconds * RATE },
    (_, t) => 0.25 * 10 ** ((dbPerMinute * t) / RATE / 60 / 20) * Math.sin((2 * Math.PI * hz * t) / RATE),
  );
}

function watch(sound: Float32Array): SoundWatch {
  const result = new SoundWatch(RATE, sound.length / RATE, 20);
  for (let at = 0; at < sound.length; at += 777) result.push(sound.subarray(at, at + 777));
  return result;
}

describe('the watch over a long sound', () => {
  it('tells a drift of the level in dB per minute', () => {
    const { driftDbPerMinute, silentShare } = levelFigures(watch(tone(30, 440, -12)).levels);
    assert.ok(Math.abs(driftDbPerMinute! + 12) < 0.05, String(driftDbPerMinute));
    assert.equal(silentShare, 0);
  });

  it('tells percentiles, and how much is silent', () => {
    const sound = tone(10, 440);
    sound.fill(0, 0, 3 * RATE);
    const { percentilesDb, silentShare, driftDbPerMinute } = levelFigures(watch(sound).levels);
    assert.ok(Math.abs(silentShare - 0.3) < 1e-9);
    assert.ok(Math.abs(percentilesDb.p50 - 20 * Math.log10(0.25 / Math.SQRT2)) < 0.1);
    assert.ok(percentilesDb.p5 < -100);
    assert.ok(Math.abs(driftDbPerMinute!) < 0.1, 'silence is no drift');
  });

  it('has no drift where nothing is audible', () => {
    const { driftDbPerMinute, silentShare } = levelFigures(watch(new Float32Array(RATE)).levels);
    assert.deepEqual([driftDbPerMinute, silentShare], [null, 1]);
  });

  it('counts clipped samples, and what is no number as one', () => {
    const sound = new Float32Array(RATE);
    sound.set([1, -1, 0.99, 0.98, Number.NaN]);
    assert.equal(watch(sound).clippedSamples, 4);
  });

  it('shows a tone in the row of its frequency, whatever the blocks', () => {
    const seen = watch(tone(10, 1000));
    for (const column of seen.columns) {
      const row = column.indexOf(column.reduce((most, value) => Math.max(most, value), 0));
      assert.ok(seen.hzOfRow(row) <= 1000 && seen.hzOfRow(row + 1) >= 1000);
    }
    assert.ok(seen.columns.length >= 18 && seen.columns[0]!.length === SPECTRUM_ROWS);
  });

  it('tells a spectrum that changes from one that only grows louder', () => {
    assert.ok(spectralDriftDb(watch(tone(20, 1000, 20)).columns)! < 1);
    const changing = tone(20, 1000);
    changing.set(tone(10, 300), 10 * RATE);
    assert.ok(spectralDriftDb(watch(changing).columns)! > 5);
  });
});
