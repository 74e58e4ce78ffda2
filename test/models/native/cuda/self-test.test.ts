import assert from 'node:assert/strict';
import { createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { StepperCheck } from '../../../../models/self-test/stepper-check.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
import { TINY_CONDITIONING, tinyBundle } from '../../../support/tiny-bundle.js';

describe('the self-test of the cuda stepper', () => {
  for (const [name, options] of Object.entries({
    plain: {},
    conditioned: { conditioning: TINY_CONDITIONING },
  })) {
    it(`passes it by emulation, three voices at once: ${name}`, function () {
      const library = fakeCuda(this);
      const bundle = tinyBundle(options);
      const stepper = createCudaStepper(bundle, library);
      const steps = new StepperCheck(bundle).run(stepper, 3);
      for (;;) {
        const { done, value } = steps.next();
        if (!done) continue;
        assert.equal(value, undefined);
        break;
      }
      stepper.dispose();
    });
  }
});
