import assert from 'node:assert/strict';
import {
  distanceMatrix,
  halfAndHalf,
  LEAST_TEXTURE_SAMPLES,
  levelsOf,
  nearestColumns,
  TextureYardstick,
} from '../../../src/eval/texture-scores.js';
import { seededRandom } from '../../support/random.js';

const RATE = 16_000;

/** Noise through a one-pole filter: the nearer to 1, the darker. */
function noise(seed: number, colour: number, seconds: number): Float32Array {
  const random = seededRandom(seed);
  let level = 0;
  return Float32Array.from({ length: seconds * RATE }, () => {
    level = colour * level + (1 - colour) * (2 * random() - 1);
    return 0.3 * level;
  });
}

describe('distances of textures', () => {
  const yardstick = new TextureYardstick();
  const colours = [0, 0.7, 0.95];

  it('are least to a sound of the same kind', () => {
    const made = colours.map((colour) => yardstick.gaussianOf([noise(1, colour, 2), noise(2, colour, 2)]));
    const recorded = colours.map((colour) => yardstick.gaussianOf([noise(3, colour, 3)]));
    const distances = distanceMatrix(made, recorded);
    assert.deepEqual(nearestColumns(distances), [0, 1, 2]);
    for (const [i, row] of distances.entries()) {
      for (const [j, distance] of row.entries()) assert.ok(i === j ? distance < 5 : distance > 10, `${row}`);
    }
  });

  it('grow with the difference in level, by its square', () => {
    const sound = noise(1, 0.5, 3);
    const softer = sound.map((x) => x / 2);
    const [[distance]] = distanceMatrix(
      [yardstick.gaussianOf([sound])],
      [yardstick.gaussianOf([softer])],
    ) as [[number]];
    assert.ok(Math.abs(distance - 40 * Math.log(4) ** 2) < 0.5, String(distance));
  });

  it('of halves are small, also where the first half of a sound is another than the second', () => {
    const sound = Float32Array.of(...noise(1, 0, 2), ...noise(2, 0.95, 2));
    const [one, other] = yardstick.halvesOf(sound);
    const [[distance]] = distanceMatrix([one], [other]) as [[number]];
    const [[far]] = distanceMatrix(
      [yardstick.gaussianOf([sound.subarray(0, 2 * RATE)])],
      [yardstick.gaussianOf([sound.subarray(2 * RATE)])],
    ) as [[number]];
    assert.ok(distance * 5 < far, `${distance}, ${far}`);
  });

  for (const more of [0, 256, 2 * 256, 3 * 256, 40 * 256]) {
    it(`of halves are numbers with ${more} samples more than the least`, () => {
      const sound = noise(1, 0.5, 1).subarray(0, LEAST_TEXTURE_SAMPLES + more);
      const [one, other] = yardstick.halvesOf(sound);
      assert.ok(Number.isFinite(distanceMatrix([one], [other])[0]![0]));
    });
  }
});

describe('levels of textures', () => {
  it('are those of 100 ms, of all sounds together', () => {
    const loud = new Float32Array(0.45 * RATE).fill(0.1);
    const soft = new Float32Array(0.1 * RATE).fill(0.001);
    const { leastDb, medianDb } = levelsOf([loud, soft]);
    assert.ok(Math.abs(medianDb + 20) < 1e-3 && Math.abs(leastDb + 60) < 1e-3, `${medianDb}, ${leastDb}`);
  });
});

describe('two textures, half and half', () => {
  it('have half of the power of each, and the shorter one goes on', () => {
    const [a, b] = [noise(1, 0, 2), noise(2, 0, 1)];
    const power = (sound: Float32Array): number => sound.reduce((sum, x) => sum + x * x, 0) / sound.length;
    const mix = halfAndHalf(a, b);
    assert.equal(mix.length, a.length);
    assert.ok(Math.abs(power(mix) / power(a) - 1) < 0.05);
    assert.ok(Math.abs(mix[RATE + 5]! - Math.SQRT1_2 * (a[RATE + 5]! + b[5]!)) < 1e-7);
  });
});
