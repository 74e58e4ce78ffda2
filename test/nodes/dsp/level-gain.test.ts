import assert from 'node:assert/strict';
import { dbToGain } from '../../../graph/index.js';
import { levelGain, TABLE_FROM_DB, TABLE_TO_DB } from '../../../nodes/dsp/level-gain.js';

describe('levelGain', () => {
  it('is the amplitude of the level, finer than a float tells, and never falls where the level rises', () => {
    let before = 0;
    for (let db = TABLE_FROM_DB; db <= TABLE_TO_DB; db += 0.0037) {
      const gain = levelGain(db);
      assert.ok(Math.abs(gain / dbToGain(db) - 1) < 3e-9, `${db} dB`);
      assert.ok(gain >= before, `${db} dB`);
      before = gain;
    }
  });

  it('is exact where levels mostly stand', () => {
    for (let db = TABLE_FROM_DB; db <= TABLE_TO_DB; db += 1 / 8)
      assert.equal(levelGain(db), dbToGain(db), `${db} dB`);
    assert.equal(levelGain(0), 1);
  });

  it('takes any number', () => {
    assert.equal(levelGain(Number.NEGATIVE_INFINITY), 0);
    assert.equal(levelGain(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(levelGain(Number.NaN)));
    assert.equal(levelGain(TABLE_FROM_DB - 1), dbToGain(TABLE_FROM_DB - 1));
    assert.equal(levelGain(TABLE_TO_DB + 1), dbToGain(TABLE_TO_DB + 1));
  });
});
