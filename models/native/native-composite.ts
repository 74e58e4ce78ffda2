import type { Composite, Mixing } from '../stepper.js';
import { checkDropped, mixingWeights } from '../voices/mix-logits.js';
import type { NativeComposite } from './load.js';
import { NativeStepperVoice, type VoiceKind } from './native-voice.js';

/** A composite of native models, whose states step in one pass over the weights that they share: core/composite.h. */
export class NativeCompositeVoice extends NativeStepperVoice implements Composite {
  readonly numMembers: number;
  private readonly composite: NativeComposite;
  private readonly mixing: Mixing;
  /** Of two members, for `setBlend`. */
  private readonly shares = new Float64Array(2);

  /** `composite` is of as many members, with that mixing; `kind` is of one with conditioning, when any takes it. */
  constructor(composite: NativeComposite, kind: VoiceKind, numMembers: number, mixing: Mixing) {
    super(composite, kind);
    this.numMembers = numMembers;
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

/** As the addon counts them. */
export function mixingNumber(mixing: Mixing): 0 | 1 {
  return mixing === 'mixture' ? 0 : 1;
}
