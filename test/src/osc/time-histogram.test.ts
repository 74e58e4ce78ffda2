import assert from 'node:assert/strict';
import { TimeHistogram } from '../../../src/osc/time-histogram.js';
import { seededRandom } from '../../support/random.js';

describe('a histogram of times', () => {
  it('is empty at first', () => {
    const none = new TimeHistogram();
    assert.deepEqual([none.count, none.meanUs, none.worstUs, none.quantileUs(0.5)], [0, 0, 0, 0]);
  });

  it('tells mean and worst exactly, and quantiles within a class', () => {
    const random = seededRandom(9);
    const times = Array.from({ length: 20_000 }, () => 10 ** (random() * 7 - 1));
    const histogram = new TimeHistogram();
    for (const us of times) histogram.add(us);
    times.sort((a, b) => a - b);
    assert.equal(histogram.count, times.length);
    assert.equal(histogram.worstUs, times.at(-1));
    assert.ok(Math.abs(histogram.meanUs / (times.reduce((sum, us) => sum + us) / times.length) - 1) < 1e-9);
    for (const share of [0.01, 0.5, 0.99, 0.999]) {
      const ratio = histogram.quantileUs(share) / times[Math.ceil(share * times.length) - 1]!;
      assert.ok(ratio >= 1 && ratio < 1.045, `${share}: ${ratio}`);
    }
    assert.equal(histogram.quantileUs(1), times.at(-1));
  });

  it('takes what is beyond its classes', () => {
    const histogram = new TimeHistogram();
    for (const us of [0, 1e12]) histogram.add(us);
    assert.equal(histogram.quantileUs(1), 1e12);
  });
});
