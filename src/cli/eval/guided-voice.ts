import { createComposite, GUIDANCE, type Stepper, type Voice } from '../../../models/index.js';

/**
 * A voice that follows its inputs `guidance` times as closely as it was trained to: at 1 the model itself, else it is
 * stepped twice, with its inputs and without (classifier-free guidance, docs/conditioning.md).
 */
export function createGuidedVoice(stepper: Stepper, seed: number, guidance: number): Voice {
  if (guidance === 1) return stepper.createVoice(seed);
  const member = { stepper, seed };
  const composite = createComposite([member, member], GUIDANCE.mixing, [1 - guidance, guidance]);
  composite.setDropped([GUIDANCE.isFirstDropped, false]);
  return composite;
}
