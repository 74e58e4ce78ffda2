import assert from 'node:assert/strict';
import { verifyGolden } from '../../../models/index.js';
import { createOnnxStepper } from '../../../models/onnx/onnx-stepper.js';
import { goldenBundle } from '../../support/golden-bundles.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';

describe('the onnx stepper and the official code', () => {
  for (const name of ['tiny', 'unet', 's4d_zoh', 'paper']) {
    it(`golden ${name}: logits within the tolerance, greedy ids equal`, async function () {
      this.timeout(240_000);
      await needsOnnxRuntime(this);
      const { folder, bundle } = await goldenBundle(this, name);
      const stepper = await createOnnxStepper(bundle);
      const report = await verifyGolden(bundle, folder, stepper);
      stepper.dispose();
      assert.ok(report.ok, JSON.stringify(report));
    });
  }
});
