import assert from 'node:assert/strict';
import { rollbackLookAheadMs } from '../../../src/engine/model-streams.js';

describe('the look-ahead of models whose control is rolled back', () => {
  it('is four times the other, up to a quarter of a second, and never shorter than it', () => {
    assert.equal(rollbackLookAheadMs(16), 64);
    assert.equal(rollbackLookAheadMs(100), 250);
    assert.equal(rollbackLookAheadMs(2000), 2000);
  });
});
