import assert from 'node:assert/strict';
import { align, placesOf } from '../../../src/eval/alignment.js';
import { CEPSTRA, CEPSTRA_HOP, cepstralDistance, melCepstra } from '../../../src/eval/mel-cepstra.js';
import { seededRandom } from '../../support/random.js';

const RATE = 16_000;

/** A sound that changes its colour every tenth of a second. */
function colours(seed: number, seconds = 1, delaySeconds = (_: number) => 0): Float32Array {
  const random = seededRandom(seed);
  const pitches = Array.from({ length: 64 }, () => 150 * 2 ** (3 * random()));
  return Float32Array.from({ length: seconds * RATE }, (_, n) => {
    const part = Math.max(0, Math.floor((n / RATE - delaySeconds(n / RATE)) / 0.1));
    const hz = pitches[part]!;
    return (
      0.2 * Math.sin((2 * Math.PI * hz * n) / RATE) + 0.1 * Math.sin((2 * Math.PI * 3.01 * hz * n) / RATE)
    );
  });
}

/** Seconds by which each frame of the first sound is later in the second. */
function delays(first: Float32Array, second: Float32Array): Float64Array {
  const [a, b] = [melCepstra(first), melCepstra(second)];
  const path = align(a.length / CEPSTRA, b.length / CEPSTRA, (i, j) => cepstralDistance(a, i, b, j, 0), 20);
  return placesOf(path).map((place, i) => ((place - i) * CEPSTRA_HOP) / RATE);
}

describe('alignment', () => {
  it('takes the cheapest path through a table that is known', () => {
    const first = [1, 2, 3, 4];
    const second = [1, 1, 2, 4];
    const { pairs } = align(4, 4, (i, j) => Math.abs(first[i]! - second[j]!), 4);
    assert.deepEqual(pairs, [
      [0, 0],
      [0, 1],
      [1, 2],
      [2, 2],
      [3, 3],
    ]);
    assert.deepEqual([...placesOf({ pairs })], [0.5, 2, 2, 3]);
  });

  it('goes straight where nothing differs, and reaches both ends whatever their lengths', () => {
    const { pairs } = align(50, 50, () => 1, 10);
    assert.deepEqual(
      pairs,
      Array.from({ length: 50 }, (_, i) => [i, i]),
    );
    const uneven = align(10, 30, () => 1, 2).pairs;
    assert.deepEqual(
      [uneven[0], uneven.at(-1)],
      [
        [0, 0],
        [9, 29],
      ],
    );
  });

  it('of a sound with itself is no delay', () => {
    assert.ok(delays(colours(1), colours(1)).every((delay) => delay === 0));
  });

  for (const delay of [-0.04, -0.015, 0.02, 0.05]) {
    it(`finds changes ${1000 * delay} ms away to a frame`, () => {
      const found = delays(
        colours(2),
        colours(2, 1, () => delay),
      );
      for (let change = 0.2; change < 0.85; change += 0.1) {
        const at = found[Math.round((change * RATE) / CEPSTRA_HOP)]!;
        assert.ok(Math.abs(at - delay) <= 0.008, `at ${change} s: ${at}`);
      }
    });
  }

  it('finds a delay that grows', () => {
    const found = delays(
      colours(3, 2),
      colours(3, 2, (t) => 0.03 * t),
    );
    for (let change = 0.3; change < 1.8; change += 0.1) {
      // What changes at t / (1 - 0.03) there.
      const expected = change / 0.97 - change;
      const at = found[Math.round((change * RATE) / CEPSTRA_HOP)]!;
      assert.ok(Math.abs(at - expected) <= 0.01, `at ${change} s: ${at} for ${expected}`);
    }
  });
});

describe('mel cepstra', () => {
  it('are a distance in dB: a gain is its decibels in the level and nothing in the shape', () => {
    const sound = Float32Array.from({ length: RATE / 4 }, () => 0);
    const random = seededRandom(4);
    for (let n = 0; n < sound.length; n++) sound[n] = random() - 0.5;
    const [a, b] = [melCepstra(sound), melCepstra(sound.map((x) => 0.5 * x))];
    assert.equal(a.length, (1 + sound.length / CEPSTRA_HOP) * CEPSTRA);
    for (const frame of [10, 30]) {
      assert.ok(Math.abs(cepstralDistance(a, frame, b, frame, 0) - 20 * Math.log10(2)) < 0.01);
      assert.ok(cepstralDistance(a, frame, b, frame, 1) < 0.01);
      assert.equal(cepstralDistance(a, frame, a, frame, 0), 0);
    }
  });
});
