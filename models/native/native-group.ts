import { checkConditioning } from '../conditioning/block-rows.js';
import { ModelError } from '../errors.js';
import type { Conditioning, Sampling, VoiceGroup } from '../stepper.js';
import { checkLength } from './check-length.js';
import type { NativeGroup, NativeModel } from './load.js';
import type { VoiceKind } from './native-voice.js';

/** Control values per slot, as addon/group.cc reads them. */
const VALUES_PER_SLOT = 3;
/** addon/model.cc takes no more. */
const MAX_CAPACITY = 256;

/** What makes a group. */
type GroupMaker = Pick<NativeModel, 'createGroup'>;

/** Voices of one native model in one pass over its weights: core/voice_group.h. */
export class NativeVoiceGroup implements VoiceGroup {
  readonly capacity: number;
  readonly snapshotBytes: number;
  private readonly group: NativeGroup;
  private readonly samplings: Float64Array;

  /** Throws MODEL_ARGUMENT for a capacity that is not an integer from 1 to `maxCapacity`. */
  constructor(
    model: GroupMaker,
    private readonly kind: VoiceKind,
    capacity: number,
    maxCapacity = MAX_CAPACITY,
  ) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > maxCapacity) {
      throw new ModelError(
        'MODEL_ARGUMENT',
        `Expected a capacity of 1 to ${maxCapacity} but received ${capacity}.`,
      );
    }
    this.capacity = capacity;
    this.group = model.createGroup(capacity);
    this.snapshotBytes = this.group.snapshotBytes;
    this.samplings = new Float64Array(capacity * VALUES_PER_SLOT);
  }

  start(slot: number, seed: number): void {
    this.group.start(this.checked(slot), seed);
  }

  stop(slot: number): void {
    this.group.stop(this.checked(slot));
  }

  isActive(slot: number): boolean {
    return this.group.isActive(this.checked(slot));
  }

  frame(slot: number): number {
    return this.group.frame(this.checked(slot));
  }

  stepBlock(
    outs: readonly Float32Array[],
    numFrames: number,
    samplings: readonly Sampling[],
    conditionings?: readonly (Conditioning | undefined)[],
  ): void {
    const { group, kind } = this;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (!group.isActive(slot)) continue;
      this.take(slot, outs[slot], numFrames, samplings[slot]);
      const conditioning = conditionings?.[slot];
      if (!conditioning) continue;
      checkConditioning(kind.conditioning, kind.sampleRate, conditioning, group.frame(slot), numFrames);
    }
    group.stepBlock(outs, numFrames, this.samplings, conditionings);
  }

  snapshot(slot: number, into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    this.group.snapshot(this.checked(slot), into);
  }

  restore(slot: number, from: Uint8Array): void {
    if (this.group.restore(this.checked(slot), from)) return;
    throw new ModelError('MODEL_SNAPSHOT', 'Expected a snapshot of a native voice of the same bundle.');
  }

  /** Checks the arguments of one active voice, and puts its control values where the addon reads them. */
  private take(slot: number, out: Float32Array | undefined, numFrames: number, sampling?: Sampling): void {
    checkLength(`outs[${slot}]`, out?.length ?? 0, numFrames);
    if (sampling === undefined)
      throw new ModelError('MODEL_ARGUMENT', `Expected samplings[${slot}] but received none.`);
    const at = slot * VALUES_PER_SLOT;
    this.samplings[at] = sampling.temperature;
    this.samplings[at + 1] = sampling.topP;
    this.samplings[at + 2] = sampling.topK;
  }

  private checked(slot: number): number {
    if (Number.isInteger(slot) && slot >= 0 && slot < this.capacity) return slot;
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected a slot from 0 to ${this.capacity - 1} but received ${slot}.`,
    );
  }
}
