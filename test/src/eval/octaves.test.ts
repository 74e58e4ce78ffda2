import assert from 'node:assert/strict';
import { distanceDb, meanRow, octaveLevels, spreadDb } from '../../../src/eval/octaves.js';

const sine = (hz: number, gain: (t: number) => number) =>
  Float32Array.from({ length: 32_000 }, (_, t) => gain(t) * Math.sin((2 * Math.PI * hz * t) / 16_000));

describe('levels of octaves', () => {
  it('are one row per stretch, and loudest where the sound is', () => {
    const rows = octaveLevels(
      sine(1500, () => 0.5),
      16_000,
      0.5,
    );
    assert.equal(rows.length, 3);
    for (const row of rows) assert.equal(row.indexOf(Math.max(...row)), 5, '1000 to 2000 Hz');
    assert.ok(spreadDb(rows) < 1e-3);
  });

  it('a sound twice as large is 6 dB away in every octave', () => {
    const noise = Float32Array.from({ length: 32_000 }, (_, t) => Math.sin(t * t) / 4);
    const [quiet, loud] = [noise, noise.map((x) => 2 * x)].map((x) => meanRow(octaveLevels(x, 16_000, 0.5)));
    assert.ok(Math.abs(distanceDb(quiet!, loud!) - 6.02) < 0.01);
  });

  it('a sound that comes and goes moves', () => {
    assert.ok(
      spreadDb(
        octaveLevels(
          sine(700, (t) => (t < 16_000 ? 0.1 : 1)),
          16_000,
          0.25,
        ),
      ) > 3,
    );
  });
});
