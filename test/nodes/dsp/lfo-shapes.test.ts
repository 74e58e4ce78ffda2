import assert from 'node:assert/strict';
import { hashRandom } from '../../../nodes/dsp/hash-random.js';
import { lfoShapes, lfoValue } from '../../../nodes/dsp/lfo-shapes.js';

describe('LFO shapes', () => {
  for (const shape of lfoShapes) {
    it(`${shape} fills -1 to 1 and no more`, () => {
      let low = 1;
      let high = -1;
      for (let i = 0; i < 100000; i++) {
        const value = lfoValue(shape, i / 97, 3);
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      assert.ok(low >= -1 && low < -0.98 && high <= 1 && high > 0.98, `${low} to ${high}`);
    });
  }

  it('periodic shapes start at 0 or rise at once, and repeat', () => {
    const expected = {
      sine: [0, 1, 0, -1],
      triangle: [0, 1, 0, -1],
      saw: [0, 0.5, -1, -0.5],
      square: [1, 1, -1, -1],
    } as const;
    for (const [shape, quarters] of Object.entries(expected)) {
      for (const [i, value] of quarters.entries()) {
        for (const cycle of [0, 1, 17]) {
          const found = lfoValue(shape as keyof typeof expected, cycle + i / 4, 0);
          assert.ok(Math.abs(found - value) < 1e-9, `${shape} at ${i}/4: ${found}`);
        }
      }
    }
  });

  it('random holds one value per cycle; smooth-random goes from each to the next', () => {
    for (let cycle = 0; cycle < 50; cycle++) {
      const held = lfoValue('random', cycle, 9);
      assert.equal(lfoValue('random', cycle + 0.99, 9), held);
      assert.equal(lfoValue('smooth-random', cycle, 9), held);
      const next = lfoValue('random', cycle + 1, 9);
      assert.ok(Math.abs(lfoValue('smooth-random', cycle + 0.999999, 9) - next) < 1e-6);
      assert.ok(Math.abs(lfoValue('smooth-random', cycle + 0.5, 9) - (held + next) / 2) < 1e-12);
    }
  });
});

describe('hashRandom', () => {
  it('is uniform over indices and over seeds', () => {
    for (const draw of [(i: number) => hashRandom(7, i), (i: number) => hashRandom(i, 7)]) {
      const counts = new Array(16).fill(0);
      for (let i = 0; i < 16000; i++) counts[Math.floor(draw(i) * 16)]++;
      // Chi-square with 15 degrees of freedom: 37.7 is passed once in a thousand.
      const chi = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
      assert.ok(chi < 37.7, `chi-square ${chi}`);
    }
  });

  it('has no memory: neighbours are not correlated, and long indices differ', () => {
    let sum = 0;
    for (let i = 0; i < 20000; i++) sum += (hashRandom(1, i) - 0.5) * (hashRandom(1, i + 1) - 0.5);
    assert.ok(Math.abs(sum / 20000 / (1 / 12)) < 0.03);
    assert.notEqual(hashRandom(1, 5), hashRandom(1, 5 + 2 ** 32));
  });
});
