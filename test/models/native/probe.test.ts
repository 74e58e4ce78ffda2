import assert from 'node:assert/strict';
import { loadNative } from '../../../models/native/load.js';

describe('the probe of a core', () => {
  it('finds plausible rates, smallest set first', function () {
    const loaded = loadNative();
    if (!loaded.ok) {
      console.log(`      ${loaded.reason}: skipped`);
      return this.skip();
    }
    const { instructionSet, macsPerSecond, readRates } = loaded.addon.probe();
    assert.equal(instructionSet, loaded.addon.instructionSets()[0]);
    // A loop that the compiler had removed would be far above; one on a busy machine is not below.
    assert.ok(macsPerSecond > 1e7 && macsPerSecond < 1e13, String(macsPerSecond));
    assert.deepEqual(
      readRates.map(({ bytes }) => bytes / 2 ** 10),
      [16, 512, 4096, 12_288],
    );
    for (const { bytesPerSecond } of readRates) {
      assert.ok(bytesPerSecond > 1e7 && bytesPerSecond < 1e13, String(bytesPerSecond));
    }
  });
});
