/** The reference with a fault, or with a speed on a clock that the test moves. */
import {
  type Bundle,
  type Conditioning,
  createReferenceStepper,
  type Sampling,
  type Stepper,
  type Voice,
  type VoiceGroup,
} from '../../models/index.js';
import type { SnapshotLayout } from '../../models/state/snapshot-layout.js';

export const FAULTS = ['logits', 'not finite', 'draws', 'amplitudes', 'blocks', 'restore', 'group'] as const;
export type Fault = (typeof FAULTS)[number];

export interface StepperTraits {
  readonly fault?: Fault;
  /** What a step of some frames does beside: moves a clock, throws. `numVoices` step at once. */
  readonly stepped?: (numFrames: number, numVoices: number) => void;
  readonly kind?: Stepper['kind'];
  /** Whether steps do nothing beside, since nobody hears them. */
  readonly isIdle?: () => boolean;
  /** Told when it is disposed of. */
  readonly disposed?: () => void;
}

export function faultyStepper(bundle: Bundle, traits: StepperTraits): Stepper {
  const right = createReferenceStepper(bundle);
  const { sampleRate, levels, quantiser, conditioning, instructionSet } = right;
  return {
    kind: traits.kind ?? 'reference',
    instructionSet,
    sampleRate,
    levels,
    quantiser,
    conditioning,
    createVoice: (seed) => new FaultyVoice(right.createVoice(seed), traits, seed),
    createGroup: (capacity) => faultyGroup(right.createGroup(capacity), traits),
    dispose: () => traits.disposed?.(),
  };
}

class FaultyVoice implements Voice {
  constructor(
    private readonly right: Voice,
    private readonly traits: StepperTraits,
    seed: number,
  ) {
    if (traits.fault === 'draws') right.reset(seed + 1);
  }

  get frame(): number {
    return this.right.frame;
  }

  get surprise(): number {
    return this.right.surprise;
  }

  get faultyDraws(): number {
    return this.right.faultyDraws;
  }

  get snapshotBytes(): number {
    return this.right.snapshotBytes;
  }

  get isAligned(): boolean {
    return this.right.isAligned;
  }

  reset(seed: number): void {
    this.right.reset(seed);
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    this.traits.stepped?.(numFrames, 1);
    if (this.traits.isIdle?.()) return;
    const isFirst = this.right.frame === 0;
    this.right.stepBlock(out, numFrames, sampling, ids, conditioning);
    if (this.traits.fault === 'amplitudes') out[numFrames - 1]! += 1e-3;
    if (this.traits.fault === 'blocks' && isFirst && numFrames < 20) out[0]! += 1e-3;
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    this.right.forceBlock(ids, numFrames, logits, conditioning);
    if (logits === undefined) return;
    if (this.traits.fault === 'logits') logits[logits.length - 1]! += 0.5;
    if (this.traits.fault === 'not finite') logits[7] = Number.NaN;
  }

  snapshot(into: Uint8Array): void {
    this.right.snapshot(into);
  }

  restore(from: Uint8Array, frame?: number): void {
    if (this.traits.fault !== 'restore') this.right.restore(from, frame);
  }

  snapshotLayout(): SnapshotLayout {
    return this.right.snapshotLayout();
  }
}

function faultyGroup(right: VoiceGroup, { fault, stepped, isIdle }: StepperTraits): VoiceGroup {
  const { capacity, snapshotBytes } = right;
  return {
    capacity,
    snapshotBytes,
    start: (slot, seed) => right.start(slot, seed),
    stop: (slot) => right.stop(slot),
    isActive: (slot) => right.isActive(slot),
    frame: (slot) => right.frame(slot),
    snapshot: (slot, into) => right.snapshot(slot, into),
    restore: (slot, from) => right.restore(slot, from),
    stepBlock: (outs, numFrames, samplings, conditionings) => {
      stepped?.(numFrames, capacity);
      if (isIdle?.()) return;
      right.stepBlock(outs, numFrames, samplings, conditionings);
      if (fault === 'group') outs[capacity - 1]![0]! += 1e-3;
    },
  };
}
