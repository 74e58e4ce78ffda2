import type { Pair, Stepper } from '../stepper.js';
import { PairStepper } from '../voices/pair-stepper.js';
import type { NativeRunAhead, RunAheadArguments } from './load.js';

/** A stepper of which two step as one on a native thread. */
interface Pairable<Same> extends Stepper {
  runPairAhead(second: Same, pair: Pair, args: RunAheadArguments): NativeRunAhead;
}

/**
 * Two models that sound as one, both of the native stepper or both of the cuda stepper; twice the same one steps in one pass over
 * its weights.
 */
export class NativePairStepper<S extends Pairable<S> = Pairable<never>> extends PairStepper {
  private readonly natives: readonly [S, S];

  /** Throws what `createComposite` throws for members that do not fit. */
  constructor(natives: readonly [S, S], pair: Pair) {
    super(natives, pair);
    this.natives = natives;
  }

  /** @internal For streams, which step a voice on a native thread. */
  runAhead(...args: RunAheadArguments): NativeRunAhead {
    const [first, second] = this.natives;
    return first.runPairAhead(second, this.pair, args);
  }
}
