import assert from 'node:assert/strict';
import { fastestOfEach, measureBlocks, summariseBlocks } from '../../../../src/cli/bench/block-costs.js';
import { mean, median, quantile } from '../../../../src/cli/bench/order-statistics.js';

describe('order statistics', () => {
  it('take the middle, the mean of both middles, and shares', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])) && Number.isNaN(quantile([], 0.5)));
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(
      [0, 0.5, 0.99, 1].map((share) => quantile(hundred, share)),
      [1, 50, 99, 100],
    );
    assert.equal(mean([1, 2, 6]), 3);
  });
});

describe('costs of blocks', () => {
  // At 16 kHz a block of 64 frames lasts 4 ms.
  const costs = [Float64Array.of(1, 2, 1, 4), Float64Array.of(1, 1, 3, 3), Float64Array.of(5, 1, 1, 3)];

  it('tell the slowest block from what the system took', () => {
    assert.deepEqual([...fastestOfEach(costs)], [1, 1, 1, 3]);
    const figures = summariseBlocks(costs, 64, 16_000);
    assert.deepEqual(
      [figures.worstMs, figures.worstBlock, figures.ownWorstMs, figures.ownWorstBlock],
      [5, 1.25, 3, 0.75],
    );
  });

  it('take the middle of the repeats, and tell the slowest', () => {
    const figures = summariseBlocks(costs, 64, 16_000);
    assert.equal(figures.meanMs, 2);
    assert.equal(figures.realTimeFactor, 2);
    assert.equal(figures.slowestRealTimeFactor, 1.6);
  });

  it('are measured block by block, each repeat from the start', () => {
    const done: string[] = [];
    const work = { restart: () => done.push('restart'), step: () => done.push('step') };
    const measured = measureBlocks(work, 2, 2);
    assert.deepEqual(done, ['restart', 'step', 'step', 'restart', 'step', 'step']);
    assert.deepEqual(
      measured.map(({ length }) => length),
      [2, 2],
    );
  });
});
