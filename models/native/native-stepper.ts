import type { Bundle, ConditioningInput, Quantiser } from '../bundle/types.js';
import { decodeTable } from '../sampling/quantiser.js';
import type { Pair, Stepper, Voice, VoiceGroup } from '../stepper.js';
import type { NativeAddon, NativeModel, NativeRunAhead, RunAheadArguments } from './load.js';
import { mixingNumber } from './native-composite.js';
import { NativeVoiceGroup } from './native-group.js';
import { NativeStepperVoice } from './native-voice.js';
import { configWords, packModel } from './pack.js';

/** The C++ stepper: float32 throughout, one kernel per instruction set. */
export class NativeStepper implements Stepper {
  readonly kind = 'native';
  readonly instructionSet: string;
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];
  /** @internal For streams and composites. */
  readonly model: NativeModel;
  /** @internal For composites. */
  readonly addon: NativeAddon;

  constructor(bundle: Bundle, addon: NativeAddon, instructionSet?: string) {
    const { manifest } = bundle;
    this.addon = addon;
    const decode = decodeTable(manifest.quantiser);
    const words = configWords(bundle);
    const { values, kinds, scales } = packModel(bundle);
    this.model = addon.createModel(words, values, kinds, scales, decode, instructionSet);
    this.instructionSet = this.model.instructionSet;
    this.sampleRate = manifest.sampleRate;
    this.levels = manifest.quantiser.levels;
    this.conditioning = manifest.conditioning;
    this.quantiser = manifest.quantiser;
  }

  createVoice(seed: number): Voice {
    return new NativeStepperVoice(this.model.createVoice(seed), this);
  }

  /** @internal For streams, which step a voice on a native thread. */
  runAhead(...args: RunAheadArguments): NativeRunAhead {
    return this.model.createStream(...args);
  }

  /** @internal For streams of a pair, of which this is the first. */
  runPairAhead(
    second: NativeStepper,
    { mixing, isFirstDropped }: Pair,
    args: RunAheadArguments,
  ): NativeRunAhead {
    const models = [this.model, second.model];
    return this.addon.createPairStream(models, mixingNumber(mixing), isFirstDropped, ...args);
  }

  createGroup(capacity: number): VoiceGroup {
    return new NativeVoiceGroup(this.model, this, capacity);
  }

  /** The weights go when the last voice and stream are collected. */
  dispose(): void {
    this.model.dispose();
  }
}

/**
 * `instructionSet` picks a slower kernel than the machine's best, one of `addon.instructionSets()`: samples repeat
 * only on the same one. Throws MODEL_UNSUPPORTED, MODEL_TENSOR_MISSING or MODEL_TENSOR_SHAPE.
 */
export function createNativeStepper(
  bundle: Bundle,
  addon: NativeAddon,
  instructionSet?: string,
): NativeStepper {
  return new NativeStepper(bundle, addon, instructionSet);
}
