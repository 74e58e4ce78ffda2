import type { Pair } from '../stepper.js';
import { PairStepper } from '../voices/pair-stepper.js';
import type { NativeRunAhead, RunAheadArguments } from './load.js';
import type { NativeStepper } from './native-stepper.js';

/** Two native models that sound as one; twice the same one steps in one pass over its weights. */
export class NativePairStepper extends PairStepper {
  private readonly natives: readonly [NativeStepper, NativeStepper];

  /** Throws what `createComposite` throws for members that do not fit. */
  constructor(natives: readonly [NativeStepper, NativeStepper], pair: Pair) {
    super(natives, pair);
    this.natives = natives;
  }

  /** @internal For streams, which step a voice on a native thread. */
  runAhead(...args: RunAheadArguments): NativeRunAhead {
    const { mixing, isFirstDropped } = this.pair;
    const [first, second] = this.natives;
    const models = [first.model, second.model];
    return first.addon.createPairStream(models, mixing === 'mixture' ? 0 : 1, isFirstDropped, ...args);
  }
}
