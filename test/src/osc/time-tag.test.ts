import assert from 'node:assert/strict';
import { timeTagToUnixMs, unixMsToTimeTag } from '../../../src/osc/time-tag.js';
import { isImmediate } from '../../../src/osc/wire.js';
import { seededRandom } from '../../support/random.js';

describe('time tag', () => {
  it('knows both ways to say immediately', () => {
    assert.ok(isImmediate({ seconds: 0, fraction: 0 }));
    assert.ok(isImmediate({ seconds: 0, fraction: 1 }));
    assert.ok(!isImmediate({ seconds: 0, fraction: 2 }));
    assert.ok(!isImmediate({ seconds: 1, fraction: 1 }));
  });

  for (const [seconds, fraction, unixMs] of [
    [2_208_988_800, 0, 0],
    [2_208_988_800, 0x8000_0000, 500],
    [2_208_988_801, 0x4000_0000, 1250],
    [3_944_678_400, 0, 1_735_689_600_000],
    // One second past the end of the era that began in 1900.
    [1, 0, 2_085_978_497_000],
  ] as const)
    it(`${seconds}.${fraction} is ${unixMs} ms`, () => {
      assert.equal(timeTagToUnixMs({ seconds, fraction }), unixMs);
      assert.deepEqual(unixMsToTimeTag(unixMs), { seconds, fraction });
    });

  it('keeps times to less than a microsecond through both conversions', () => {
    const random = seededRandom(7);
    for (let n = 0; n < 10_000; n++) {
      const unixMs = 1_700_000_000_000 + random() * 1e11;
      assert.ok(Math.abs(timeTagToUnixMs(unixMsToTimeTag(unixMs)) - unixMs) < 0.001);
    }
  });
});
