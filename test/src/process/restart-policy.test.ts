import assert from 'node:assert/strict';
import { RestartPolicy } from '../../../src/process/restart-policy.js';

describe('RestartPolicy', () => {
  it('starts again at once, then slower, then not at all', () => {
    const policy = new RestartPolicy();
    const delays = Array.from({ length: policy.limit }, (_, i) => {
      policy.cameUp(i * 1000);
      return policy.died(i * 1000 + 500);
    });
    assert.deepEqual(delays, [0, 100, 250, 500, 1000, 2000, undefined]);
  });

  it('counts an engine that never came up', () => {
    const policy = new RestartPolicy();
    assert.equal(policy.died(0), 0);
    assert.equal(policy.died(1), 100);
  });

  it('starts at once again after an engine that played for a while', () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 4; i++) policy.died(i);
    policy.cameUp(1000);
    assert.equal(policy.died(6000), 0);
  });
});
