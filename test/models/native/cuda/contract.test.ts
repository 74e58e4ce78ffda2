/** The cuda stepper from TypeScript to its kernel, by emulation. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Bundle,
  createComposite,
  loadNative,
  type Sampling,
  type Stepper,
} from '../../../../models/index.js';
import { createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { createNativeStepper } from '../../../../models/native/native-stepper.js';
import { describeConditioningContract } from '../../../contract/conditioning-contract.js';
import { describeStepperContract } from '../../../contract/stepper-contract.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
import { assertModelError } from '../../../support/model-errors.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../../support/tiny-bundle.js';

const models: Readonly<Record<string, TinyBundleOptions>> = {
  'conditioned s4d': { conditioning: TINY_CONDITIONING },
  'a unet of rank 1, scalar norm, no GLU, odd widths': {
    kind: 's4',
    unet: true,
    dModel: 7,
    pool: [2, 3],
    norm: 'scalar',
    outputActivation: 'none',
  },
};

describe('composites of cuda steppers, by emulation', () => {
  const SAMPLING: Sampling = { temperature: 1, topP: 0.95, topK: 0 };

  for (const numMembers of [4, 5]) {
    it(`${numMembers} members, ${numMembers > 4 ? 'frame by frame from here' : 'in one kernel'}, give what native ones give`, function () {
      const native = loadNative();
      const library = fakeCuda(this);
      assert.ok(native.ok);
      const bundles = [
        { seed: 1 },
        { seed: 2, pool: [2], dModel: 6 },
        { conditioning: TINY_CONDITIONING },
      ].map((options) => tinyBundle(options));
      const there = bundles.map((bundle) => createCudaStepper(bundle, library));
      const here = bundles.map((bundle) => createNativeStepper(bundle, native.addon));
      const [expected, received] = [here, there].map((steppers) => {
        const members = Array.from({ length: numMembers }, (_, k) => ({
          stepper: steppers[k % steppers.length]!,
          seed: 5,
        }));
        const weights = members.map((_, k) => 0.1 + 0.05 * k);
        const composite = createComposite(members, 'mixture', weights);
        const ids = new Uint8Array(64);
        composite.stepBlock(new Float32Array(64), 64, SAMPLING, ids);
        return ids;
      });
      assert.deepEqual(received, expected);
    });
  }

  it('tells that the device has failed', async function () {
    const stepper = createCudaStepper(tinyBundle(), fakeCuda(this));
    const member = { stepper, seed: 1 };
    const composite = createComposite([member, member], 'product', [-0.5, 1.5]);
    process.env.SASHIMI_FAKE_FAILS_AFTER = '0';
    try {
      await delay(50);
      await assertModelError(() => composite.stepBlock(new Float32Array(64), 64, SAMPLING), 'MODEL_CUDA');
    } finally {
      delete process.env.SASHIMI_FAKE_FAILS_AFTER;
    }
  });
});

for (const [model, options] of Object.entries(models)) {
  let made: Bundle | undefined;
  const bundle = () => {
    made ??= tinyBundle(options);
    return made;
  };
  const create = async (b: Bundle, context: Mocha.Context): Promise<Stepper> =>
    createCudaStepper(b, fakeCuda(context));
  describeStepperContract(`cuda, ${model}`, bundle, create);
  if (options.conditioning) describeConditioningContract(`cuda, ${model}`, bundle, create);
}
