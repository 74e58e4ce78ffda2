import type { Bundle } from '../../../models/index.js';
import { createOnnxStepper } from '../../../models/onnx/onnx-stepper.js';
import { describeConditioningContract } from '../../contract/conditioning-contract.js';
import { describeStepperContract } from '../../contract/stepper-contract.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

/** Between them: every branch of the graphs. */
const models: Readonly<Record<string, TinyBundleOptions>> = {
  'conditioned s4d': { dModel: 4, conditioning: TINY_CONDITIONING },
  'a unet of rank 1, scalar norm, no GLU, odd pools': {
    kind: 's4',
    unet: true,
    dModel: 3,
    pool: [2, 3],
    norm: 'scalar',
    outputActivation: 'none',
  },
  'a single tier': { pool: [], conjugatePairs: 3 },
};

for (const [model, options] of Object.entries(models)) {
  let made: Bundle | undefined;
  const bundle = () => {
    made ??= tinyBundle(options);
    return made;
  };
  const create = async (b: Bundle, context: Mocha.Context) => {
    await needsOnnxRuntime(context);
    return createOnnxStepper(b);
  };
  describeStepperContract(`onnx, ${model}`, bundle, create);
  if (options.conditioning) describeConditioningContract(`onnx, ${model}`, bundle, create);
}
