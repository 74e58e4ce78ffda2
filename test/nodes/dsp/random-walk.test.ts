import assert from 'node:assert/strict';
import { RandomWalk } from '../../../nodes/dsp/random-walk.js';
import { bytesPerCall } from '../../support/heap.js';

const steps = (walk: RandomWalk, count: number, low = 60, high = 69, maxStep = 3): number[] =>
  Array.from({ length: count }, () => walk.step(low, high, maxStep));

describe('the random walk', () => {
  it('goes everywhere in its range by steps of 1 to maxStep, and is the same for a seed', () => {
    const places = steps(new RandomWalk(7), 2000);
    assert.deepEqual(new Set(places), new Set([60, 61, 62, 63, 64, 65, 66, 67, 68, 69]));
    const sizes = places.slice(1).map((place, i) => Math.abs(place - places[i]!));
    assert.deepEqual(new Set(sizes), new Set([1, 2, 3]));
    assert.deepEqual(steps(new RandomWalk(7), 2000), places);
    assert.notDeepEqual(steps(new RandomWalk(8), 2000), places);
  });

  it('takes all numbers within reach alike', () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 9000; seed++) {
      const walk = new RandomWalk(seed);
      const [first, second] = steps(walk, 2, 0, 9, 9) as [number, number];
      assert.notEqual(first, second);
      counts.set(second, (counts.get(second) ?? 0) + 1);
    }
    for (let place = 0; place < 10; place++) assert.ok(Math.abs(counts.get(place)! - 900) < 120, `${place}`);
  });

  it('stays where there is nowhere to go', () => {
    assert.deepEqual(new Set(steps(new RandomWalk(1), 20, 60, 60, 5)), new Set([60]));
    assert.equal(new Set(steps(new RandomWalk(1), 20, 50, 70, 0)).size, 1);
  });

  it('comes into a new range at its nearest end', () => {
    const walk = new RandomWalk(1);
    steps(walk, 10, 40, 50);
    assert.equal(walk.step(70, 80, 2), 70);
    assert.equal(walk.step(20, 30, 2), 30);
    assert.equal(walk.place, 30);
  });

  it('has a chance for each step, spread evenly', () => {
    const walk = new RandomWalk(3);
    const chances = Array.from({ length: 4000 }, () => {
      walk.step(0, 100, 10);
      assert.equal(walk.chance(), walk.chance());
      return walk.chance();
    });
    assert.ok(chances.every((chance) => chance >= 0 && chance < 1));
    assert.ok(Math.abs(chances.filter((chance) => chance < 0.3).length / 4000 - 0.3) < 0.03);
  });

  it('does not allocate', () => {
    const walk = new RandomWalk(3);
    assert.ok(bytesPerCall(() => walk.step(0, 100, 10), 5000) < 64);
  });
});
