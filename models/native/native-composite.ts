import type { Composite, Mixing } from '../stepper.js';
import { checkDropped, mixingWeights } from '../voices/mix-logits.js';
import type { NativeComposite } from './load.js';
import type { NativeStepper } from './native-stepper.js';
import { NativeStepperVoice } from './native-voice.js';

/** A composite of native models, whose states step in one pass over the weights that they share: core/composite.h. */
export class NativeCompositeVoice extends NativeStepperVoice implements Composite {
  readonly numMembers: number;
  private readonly composite: NativeComposite;
  private readonly mixing: Mixing;
  /** Of two members, for `setBlend`. */
  private readonly shares = new Float64Array(2);

  /** `steppers`: one per member, of one alphabet and (those that take any) one conditioning, at least one; `seed` keys the draws. */
  constructor(steppers: readonly NativeStepper[], seed: number, mixing: Mixing) {
    const [first] = steppers;
    const models = steppers.map(({ model }) => model);
    const composite = first!.addon.createComposite(models, seed, mixing === 'mixture' ? 0 : 1);
    super(composite, steppers.find(({ conditioning }) => conditioning.length > 0) ?? first!);
    this.numMembers = steppers.length;
    this.composite = composite;
    this.mixing = mixing;
  }

  setDropped(isDropped: readonly boolean[]): void {
    checkDropped(isDropped, this.numMembers);
    this.composite.setDropped(Uint8Array.from(isDropped, Number));
  }

  setWeights(weights: readonly number[]): void {
    this.composite.setWeights(mixingWeights(weights, this.numMembers, this.mixing));
  }

  setBlend(blend: number): void {
    const share = this.mixing === 'mixture' ? Math.min(1, Math.max(0, blend)) : blend;
    this.shares[0] = 1 - share;
    this.shares[1] = share;
    this.composite.setWeights(this.shares);
  }
}
