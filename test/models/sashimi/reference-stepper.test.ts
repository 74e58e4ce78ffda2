import assert from 'node:assert/strict';
import { createReferenceStepper, verifyGolden } from '../../../models/index.js';
import { goldenBundle } from '../../support/golden-bundles.js';
import { assertModelError } from '../../support/model-errors.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

describe('reference stepper', () => {
  for (const name of ['tiny', 'paper', 'unet', 's4d_zoh']) {
    it(`equals the official code on the golden ${name}`, async function () {
      this.timeout(240_000);
      const { bundle, folder } = await goldenBundle(this, name);
      const report = await verifyGolden(bundle, folder, createReferenceStepper(bundle));
      assert.equal(report.greedyEqual, true);
      assert.ok(report.rows >= 640);
      // Official float32 is within 6e-6 of float64 on these; so are we, rounding of the coefficients included.
      assert.ok(report.maxAbsLogits < 8e-6, `${report.maxAbsLogits}`);
      assert.ok(report.ok);
    });
  }

  it('plays zeros out of an up-pool before the deeper tier has spoken, not its bias', () => {
    const bundle = tinyBundle({ pool: [4] });
    const loud = tinyBundle({ pool: [4] });
    loud.tensors.get('pool.up.0.bias')!.data.fill(100);
    const [expected, received] = [bundle, loud].map((b) => {
      const logits = new Float32Array(5 * 256);
      createReferenceStepper(b)
        .createVoice(0)
        .forceBlock(Uint8Array.of(128, 1, 2, 3, 4), 5, logits);
      return logits;
    }) as [Float32Array, Float32Array];
    assert.deepEqual(received.subarray(0, 4 * 256), expected.subarray(0, 4 * 256));
    assert.notDeepEqual(received.subarray(4 * 256), expected.subarray(4 * 256));
  });

  it('refuses a bidirectional model and says why', async () => {
    const bundle = tinyBundle();
    const architecture = { ...bundle.manifest.architecture, bidirectional: true };
    const manifest = { ...bundle.manifest, architecture };
    await assertModelError(
      () => createReferenceStepper({ ...bundle, manifest }),
      'MODEL_UNSUPPORTED',
      /bidirectional model, which has no recurrent form/,
    );
  });

  it('refuses conditioning that has no weights', async () => {
    const bundle = tinyBundle();
    const manifest = { ...bundle.manifest, conditioning: [{ name: 'notes', dim: 178, rateHz: 250 }] };
    await assertModelError(
      () => createReferenceStepper({ ...bundle, manifest }),
      'MODEL_TENSOR_MISSING',
      /cond\.notes/,
    );
  });
});
