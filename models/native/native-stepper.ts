import type { Bundle, Quantiser } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { decodeTable } from '../sampling/quantiser.js';
import type { Sampling, Stepper, Voice, VoiceGroup } from '../stepper.js';
import { SeparateVoices } from '../voices/separate-voices.js';
import type { NativeAddon, NativeModel, NativeVoice } from './load.js';
import { configWords, packModel } from './pack.js';

/** The C++ stepper: float32 throughout, one kernel per instruction set. */
export class NativeStepper implements Stepper {
  readonly kind = 'native';
  readonly instructionSet: string;
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly condDim = 0;
  /** @internal For streams, which step a voice on a native thread. */
  readonly model: NativeModel;

  constructor(bundle: Bundle, addon: NativeAddon, instructionSet?: string) {
    const { manifest } = bundle;
    const decode = decodeTable(manifest.quantiser);
    const words = configWords(bundle);
    const { values, kinds, scales } = packModel(bundle);
    this.model = addon.createModel(words, values, kinds, scales, decode, instructionSet);
    this.instructionSet = this.model.instructionSet;
    this.sampleRate = manifest.sampleRate;
    this.levels = manifest.quantiser.levels;
    this.quantiser = manifest.quantiser;
  }

  createVoice(seed: number): Voice {
    return new NativeStepperVoice(this.model.createVoice(seed), this.levels);
  }

  createGroup(capacity: number): VoiceGroup {
    return new SeparateVoices(this, capacity);
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

class NativeStepperVoice implements Voice {
  readonly snapshotBytes: number;
  private readonly voice: NativeVoice;
  private readonly levels: number;

  constructor(voice: NativeVoice, levels: number) {
    this.voice = voice;
    this.levels = levels;
    this.snapshotBytes = voice.snapshotBytes;
  }

  get frame(): number {
    return this.voice.frame;
  }

  reset(seed: number): void {
    this.voice.reset(seed);
  }

  stepBlock(out: Float32Array, numFrames: number, sampling: Sampling, ids?: Uint8Array): void {
    checkLength('out', out.length, numFrames);
    if (ids) checkLength('ids', ids.length, numFrames);
    this.voice.stepBlock(out, numFrames, sampling.temperature, sampling.topP, sampling.topK, ids);
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array): void {
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * this.levels);
    this.voice.forceBlock(ids, numFrames, logits);
  }

  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    this.voice.snapshot(into);
  }

  restore(from: Uint8Array): void {
    if (this.voice.restore(from)) return;
    throw new ModelError('MODEL_SNAPSHOT', 'Expected a snapshot of a native voice of the same bundle.');
  }
}

function checkLength(name: string, length: number, needed: number): void {
  if (length < needed) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected at least ${needed} values in ${name} but received ${length}.`,
    );
  }
}
