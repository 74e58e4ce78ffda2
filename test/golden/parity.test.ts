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

/** Written by models/training/make_parity.py: small trained models and what PyTorch computes with them. */
/** `cuda` needs a device: models/native/cuda/test has it by emulation. */
const choices = STEPPER_CHOICES.filter((name) => name !== 'auto' && name !== 'cuda');
const goldens = choices.flatMap((choice) => [
  { choice, golden: 'parity', given: [] },
  { choice, golden: 'conditioned', given: ['roll', 'source'] },
]);

describe('parity with the PyTorch model that our recipe trains', () => {
  for (const { choice, golden, given } of goldens) {
    it(`${choice}, ${golden}: logits within the tolerance, greedy ids equal`, async function () {
      const native = loadNative();
      if (choice === 'native' && !native.ok) {
        this.test!.title += ` (skipped: ${native.reason})`;
        this.skip();
      }
      if (choice === 'onnx') await needsOnnxRuntime(this);
      const folder = join(packageRoot(), 'test', 'golden', golden);
      const bundle = await loadBundle(join(folder, 'bundle'));
      const { stepper } = await chooseStepper(bundle, choice);
      const report = await verifyGolden(bundle, folder, stepper);
      assert.ok(report.rows > 0);
      assert.deepEqual(report.given, given);
      assert.equal(report.greedyEqual, true);
      assert.ok(report.ok, JSON.stringify(report));
    });
  }
});
