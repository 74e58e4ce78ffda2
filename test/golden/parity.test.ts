import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  chooseStepper,
  loadBundle,
  loadNative,
  packageRoot,
  STEPPER_CHOICES,
  verifyGolden,
} from '../../models/index.js';
import { needsOnnxRuntime } from '../support/onnx-runtime.js';

/** Written by models/training/make_parity.py: a small trained model and what PyTorch computes with it. */
const folder = join(packageRoot(), 'test', 'golden', 'parity');

describe('parity with the PyTorch model that our recipe trains', () => {
  for (const choice of STEPPER_CHOICES.filter((name) => name !== 'auto')) {
    it(`${choice}: logits within the tolerance, greedy ids equal`, async function () {
      const native = loadNative();
      if (choice === 'native' && !native.ok) {
        this.test!.title += ` (skipped: ${native.reason})`;
        this.skip();
      }
      if (choice === 'onnx') await needsOnnxRuntime(this);
      const bundle = await loadBundle(join(folder, 'bundle'));
      const { stepper } = await chooseStepper(bundle, choice);
      const report = await verifyGolden(bundle, folder, stepper);
      assert.ok(report.rows > 0);
      assert.equal(report.greedyEqual, true);
      assert.ok(report.ok, JSON.stringify(report));
    });
  }
});
