import assert from 'node:assert/strict';
import { PlannedSampling } from '../../../models/stream/planned-sampling.js';

const of = (temperature: number) => ({ temperature, topP: 0.9, topK: 3, blend: temperature / 8 });

describe('planned sampling', () => {
  it('gives each value from its frame on', () => {
    const plan = new PlannedSampling(of(1));
    plan.plan(10, of(2));
    plan.plan(20, of(3));
    assert.equal(plan.nextFrame(), 10);
    assert.equal(plan.advance(9), false);
    assert.equal(plan.advance(10), true);
    assert.deepEqual(plan.current, of(2));
    assert.equal(plan.advance(100), true);
    assert.deepEqual(plan.current, of(3));
    assert.equal(plan.nextFrame(), Number.POSITIVE_INFINITY);
  });

  it('forgets what was planned for later when told otherwise', () => {
    const plan = new PlannedSampling(of(1));
    for (let frame = 10; frame < 100; frame += 10) plan.plan(frame, of(frame));
    plan.plan(35, of(7));
    plan.advance(1000);
    assert.deepEqual(plan.current, of(7));
    plan.plan(50, of(8));
    plan.set(of(9));
    assert.equal(plan.nextFrame(), Number.POSITIVE_INFINITY);
    assert.deepEqual(plan.current, of(9));
  });

  it('keeps the last of too many, and what was said last at a restart', () => {
    const plan = new PlannedSampling(of(1));
    for (let frame = 0; frame < 5000; frame++) plan.plan(frame, of(frame));
    plan.restart();
    assert.deepEqual(plan.current, of(4999));
  });
});
