import assert from 'node:assert/strict';
import { MovingAverage } from '../../../nodes/dsp/moving-average.js';
import { seededRandom } from '../../support/random.js';

describe('MovingAverage', () => {
  for (const length of [1, 2, 37]) {
    it(`equals the plain mean of the last ${length}, the initial value before`, () => {
      const random = seededRandom(length);
      const values = Array.from({ length: 500 }, () => random());
      const padded = [...new Array(length).fill(0.25), ...values];
      const average = new MovingAverage(length, 0.25);
      for (const [i, value] of values.entries()) {
        const last = padded.slice(i + 1, i + 1 + length);
        const mean = last.reduce((a, b) => a + b, 0) / length;
        assert.ok(Math.abs(average.next(value) - mean) < 1e-12);
      }
    });
  }

  it('keeps no rounding: after a huge value has left, small ones are exact again', () => {
    const average = new MovingAverage(8, 0);
    average.next(1e20);
    let last = 0;
    for (let i = 0; i < 32; i++) last = average.next(0.125);
    assert.equal(last, 0.125);
  });
});
