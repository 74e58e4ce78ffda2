import assert from 'node:assert/strict';
import { StallWatch } from '../../../src/process/stall-watch.js';

describe('StallWatch', () => {
  it('needs fifty looks in a row at the same count', () => {
    const watch = new StallWatch();
    assert.equal(watch.hasStalled(1), false);
    for (let i = 0; i < 49; i++) assert.equal(watch.hasStalled(1), false);
    assert.equal(watch.hasStalled(1), true);
  });

  it('begins anew when the count moves', () => {
    const watch = new StallWatch();
    for (let i = 0; i < 49; i++) watch.hasStalled(1);
    assert.equal(watch.hasStalled(2), false);
    for (let i = 0; i < 49; i++) assert.equal(watch.hasStalled(2), false);
  });
});
