/** The official code's logits, through the C++ core: from the smallest golden to the paper's size, where there are any. */
import assert from 'node:assert/strict';
import { verifyGolden } from '../../../models/index.js';
import { goldenBundle } from '../../support/golden-bundles.js';
import { nativeMissing, variants } from './variants.js';

describe(`the C++ core equals the official code${nativeMissing}`, () => {
  for (const name of ['tiny', 'unet', 's4d_zoh', 'paper']) {
    for (const variant of variants) {
      it(`golden ${name}, ${variant.name}`, async function () {
        this.timeout(240_000);
        const { bundle, folder } = await goldenBundle(this, name);
        const report = await verifyGolden(bundle, folder, await variant.create(bundle));
        assert.ok(report.ok, JSON.stringify(report));
        assert.equal(report.greedyEqual, true);
      });
    }
  }
});
