/** What quantising costs a trained model, on sound that it makes: random weights would not tell. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  type Bundle,
  chooseStepper,
  loadBundle,
  ownTokens,
  packageRoot,
  type QuantiseOptions,
  quantiseTensors,
  scoreAudio,
  sealBundle,
  soundOfTokens,
} from '../../../models/index.js';

describe('the piano, quantised', function () {
  this.timeout(240_000);
  let piano: Bundle;
  let sound: Float32Array;
  let originalBits: number;

  async function bitsOf(bundle: Bundle): Promise<number> {
    const { stepper } = await chooseStepper(bundle, 'wasm');
    return (await scoreAudio(bundle, stepper, sound)).bitsPerSample;
  }

  /** Bits per sample worse, and share of the size that is left. */
  async function costOf(options: QuantiseOptions): Promise<{ worse: number; left: number }> {
    const { bundle } = sealBundle(piano.manifest, await quantiseTensors(piano, options));
    return {
      worse: (await bitsOf(bundle)) - originalBits,
      left: bundle.manifest.weights.bytes / piano.manifest.weights.bytes,
    };
  }

  before(async () => {
    piano = await loadBundle(join(packageRoot(), 'models/zoo/piano'));
    sound = soundOfTokens(piano, await ownTokens(piano, 24_000, 2));
    originalBits = await bitsOf(piano);
  });

  it('is half as large in bf16, and no worse than 0.001 bits per sample', async () => {
    const { worse, left } = await costOf({ format: 'bf16' });
    assert.ok(left > 0.49 && left < 0.53, `${left}`);
    assert.ok(Math.abs(worse) < 0.001, `${worse}`);
  });

  it('is a third as large in int8, and no worse than 0.01 bits per sample', async () => {
    const { worse, left } = await costOf({ format: 'int8' });
    assert.ok(left > 0.3 && left < 0.4, `${left}`);
    assert.ok(worse < 0.01, `${worse}`);
  });

  it('is a quarter as large in int4, and no worse than 0.05 bits per sample once it is calibrated', async () => {
    const { worse, left } = await costOf({
      format: 'int4',
      calibration: await ownTokens(piano, 48_000, 1),
    });
    assert.ok(left < 0.25, `${left}`);
    assert.ok(worse < 0.05, `${worse}`);
  });
});
