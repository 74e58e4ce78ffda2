import type { ConditioningInput } from '../bundle/types.js';
import { checkConditioning } from '../conditioning/block-rows.js';
import { ModelError } from '../errors.js';
import type { Conditioning, Sampling, Stepper, Voice, VoiceGroup } from '../stepper.js';

/** The plain group: voices side by side, one after the other. For steppers that have nothing better. */
export class SeparateVoices implements VoiceGroup {
  readonly capacity: number;
  readonly snapshotBytes: number;
  private readonly inputs: readonly ConditioningInput[];
  private readonly sampleRate: number;
  private readonly voices: readonly Voice[];
  private readonly active: Uint8Array;

  /** All voices are made here, so that starting one allocates nothing. Throws MODEL_ARGUMENT. */
  constructor(stepper: Pick<Stepper, 'createVoice' | 'conditioning' | 'sampleRate'>, capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new ModelError('MODEL_ARGUMENT', `Expected a capacity of at least 1 but received ${capacity}.`);
    this.capacity = capacity;
    this.inputs = stepper.conditioning;
    this.sampleRate = stepper.sampleRate;
    this.voices = Array.from({ length: capacity }, () => stepper.createVoice(0));
    this.active = new Uint8Array(capacity);
    this.snapshotBytes = this.voices[0]!.snapshotBytes;
  }

  start(slot: number, seed: number): void {
    this.voice(slot).reset(seed);
    this.active[slot] = 1;
  }

  stop(slot: number): void {
    this.voice(slot);
    this.active[slot] = 0;
  }

  isActive(slot: number): boolean {
    this.voice(slot);
    return this.active[slot] === 1;
  }

  frame(slot: number): number {
    return this.voice(slot).frame;
  }

  stepBlock(
    outs: readonly Float32Array[],
    numFrames: number,
    samplings: readonly Sampling[],
    conditionings?: readonly (Conditioning | undefined)[],
  ): void {
    const { capacity, voices, active, inputs, sampleRate } = this;
    // All of them first: a fault halfway would leave voices at different frames.
    for (let slot = 0; slot < capacity; slot++) {
      if (active[slot] !== 1) continue;
      checkArguments(slot, outs[slot], numFrames, samplings[slot]);
      checkConditioning(inputs, sampleRate, conditionings?.[slot], voices[slot]!.frame, numFrames);
    }
    for (let slot = 0; slot < capacity; slot++) {
      if (active[slot] !== 1) continue;
      voices[slot]!.stepBlock(outs[slot]!, numFrames, samplings[slot]!, undefined, conditionings?.[slot]);
    }
  }

  snapshot(slot: number, into: Uint8Array): void {
    this.voice(slot).snapshot(into);
  }

  restore(slot: number, from: Uint8Array): void {
    this.voice(slot).restore(from);
    this.active[slot] = 1;
  }

  private voice(slot: number): Voice {
    const voice = this.voices[slot];
    if (voice !== undefined) return voice;
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected a slot from 0 to ${this.capacity - 1} but received ${slot}.`,
    );
  }
}

function checkArguments(
  slot: number,
  out: Float32Array | undefined,
  numFrames: number,
  sampling: Sampling | undefined,
): void {
  const length = out?.length ?? 0;
  if (length < numFrames) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected at least ${numFrames} values in outs[${slot}] but received ${length}.`,
    );
  }
  if (sampling === undefined)
    throw new ModelError('MODEL_ARGUMENT', `Expected samplings[${slot}] but received none.`);
}
