/** The official code's logits, through the kernel by emulation. */
import assert from 'node:assert/strict';
import { verifyGolden } from '../../../../models/index.js';
import { createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
import { goldenBundle } from '../../../support/golden-bundles.js';

describe('the CUDA kernel equals the official code, by emulation', () => {
  for (const name of ['tiny', 'unet', 's4d_zoh', 'paper']) {
    it(`golden ${name}`, async function () {
      const library = fakeCuda(this);
      this.timeout(240_000);
      const { bundle, folder } = await goldenBundle(this, name);
      const report = await verifyGolden(bundle, folder, createCudaStepper(bundle, library));
      assert.ok(report.ok, JSON.stringify(report));
      assert.equal(report.greedyEqual, true);
    });
  }
});
