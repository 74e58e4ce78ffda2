/** The cuda stepper from TypeScript to its kernel, by emulation. */
import type { Bundle, Stepper } from '../../../../models/index.js';
import { createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { describeConditioningContract } from '../../../contract/conditioning-contract.js';
import { describeStepperContract } from '../../../contract/stepper-contract.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
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
