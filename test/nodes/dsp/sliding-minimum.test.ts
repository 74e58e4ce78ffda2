import assert from 'node:assert/strict';
import { SlidingMinimum } from '../../../nodes/dsp/sliding-minimum.js';
import { seededRandom } from '../../support/random.js';

describe('SlidingMinimum', () => {
  for (const length of [1, 2, 3, 16, 73]) {
    it(`equals the plain minimum of the last ${length}`, () => {
      const random = seededRandom(length);
      // Few different values, so that equal ones meet; falling and rising runs, so that the queue is full and empty.
      const values = Array.from({ length: 2000 }, (_, i) =>
        i % 400 < 100 ? 100 - (i % 400) : i % 400 < 200 ? i % 400 : Math.floor(random() * 10),
      );
      const minimum = new SlidingMinimum(length);
      for (const [i, value] of values.entries()) {
        assert.equal(minimum.next(value), Math.min(...values.slice(Math.max(0, i - length + 1), i + 1)));
      }
    });
  }
});
