import assert from 'node:assert/strict';
import { chooseStepper, loadNative, type Stepper } from '../../../models/index.js';
import { StepperCheck } from '../../../models/self-test/stepper-check.js';
import { createPortableStepper } from '../../../models/stream/portable-stepper.js';
import { FAULTS, type Fault, faultyStepper } from '../../support/faulty-stepper.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

/** Why the check finds a stepper wrong, run to its end. */
function faultOf(check: StepperCheck, stepper: Stepper, voices: number): string | undefined {
  const steps = check.run(stepper, voices);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const models: Readonly<Record<string, TinyBundleOptions>> = {
  plain: {},
  'S4 of rank 1 with odd pools': { kind: 's4', pool: [2, 3] },
  'a conditioned unet': { unet: true, conditioning: TINY_CONDITIONING, pool: [2, 3] },
};

const saysOf: Readonly<Record<Fault, RegExp>> = {
  logits: /^its logits are off by 0\.50/,
  'not finite': /^its logits are off by Infinity/,
  draws: /of 40 draws are others$/,
  amplitudes: /^sample 39 is/,
  blocks: /^its samples depend on the size of the block$/,
  restore: /^its samples differ after a restore$/,
  group: /^its samples depend on the voices beside it$/,
};

describe('the check of a stepper', () => {
  for (const [name, options] of Object.entries(models)) {
    it(`passes the reference, wasm and native with ${name}, one and three at once`, async () => {
      const bundle = tinyBundle(options);
      const check = new StepperCheck(bundle);
      const steppers = [
        await createPortableStepper(bundle, 'reference'),
        await createPortableStepper(bundle, 'wasm'),
      ];
      if (loadNative().ok) steppers.push((await chooseStepper(bundle, 'native')).stepper);
      for (const stepper of steppers) {
        assert.equal(faultOf(check, stepper, 1), undefined, stepper.kind);
        assert.equal(faultOf(check, stepper, 3), undefined, stepper.kind);
      }
    });
  }

  for (const fault of FAULTS) {
    it(`finds what is wrong: ${fault}`, () => {
      const bundle = tinyBundle();
      const found = faultOf(new StepperCheck(bundle), faultyStepper(bundle, { fault }), 3);
      assert.match(found ?? 'nothing', saysOf[fault]);
    });
  }

  it('finds a stepper of another model', () => {
    const other = faultyStepper(tinyBundle({ conditioning: TINY_CONDITIONING }), {});
    assert.equal(faultOf(new StepperCheck(tinyBundle()), other, 1), 'it takes 2 inputs, not 0');
    const weights = faultyStepper(tinyBundle({ seed: 2 }), {});
    assert.match(faultOf(new StepperCheck(tinyBundle()), weights, 1) ?? '', /^its logits are off/);
  });

  it('looks at a group only where voices step in one', () => {
    const bundle = tinyBundle();
    assert.equal(faultOf(new StepperCheck(bundle), faultyStepper(bundle, { fault: 'group' }), 1), undefined);
  });
});
