import assert from 'node:assert/strict';
import { FrameRandom, philox4x32 } from '../../../models/sampling/philox.js';

/** Random123, tests/kat_vectors, philox 4x32 10: counter, key, result. */
const knownAnswers: readonly [string, string, string][] = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
];

describe('philox', () => {
  for (const [counter, key, expected] of knownAnswers) {
    it(`gives the known answer at counter ${counter}`, () => {
      const out = new Uint32Array(4);
      philox4x32(words(counter), words(key), out);
      assert.deepEqual([...out], words(expected));
    });
  }

  it('turns word 0 of (frame, 0, 0, 0) under (seed, 0) into a uniform number', () => {
    const block = new Uint32Array(4);
    philox4x32([41, 3, 0, 0], [7, 0], block);
    assert.equal(new FrameRandom(7).uniform(41 + 3 * 2 ** 32), (block[0]! + 0.5) / 2 ** 32);
  });

  it('depends on seed and frame alone', () => {
    const random = new FrameRandom(3);
    const first = random.uniform(10);
    random.uniform(11);
    assert.equal(random.uniform(10), first);
    random.reseed(4);
    assert.notEqual(random.uniform(10), first);
  });

  it('is uniform: mean and variance of 100,000 frames', () => {
    const random = new FrameRandom(1);
    let sum = 0;
    let squares = 0;
    const count = 100_000;
    for (let frame = 0; frame < count; frame++) {
      const u = random.uniform(frame);
      assert.ok(u > 0 && u < 1);
      sum += u;
      squares += u * u;
    }
    const mean = sum / count;
    // Five standard errors: 1 / sqrt(12 n) of the mean, 1 / sqrt(180 n) of the variance.
    assert.ok(Math.abs(mean - 1 / 2) < 5 / Math.sqrt(12 * count));
    assert.ok(Math.abs(squares / count - mean * mean - 1 / 12) < 5 / Math.sqrt(180 * count));
  });
});

function words(hex: string): number[] {
  return hex.split(' ').map((word) => Number.parseInt(word, 16));
}
