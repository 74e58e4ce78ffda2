import type { ConditioningInput, Quantiser } from '../bundle/types.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import type {
  Composite,
  Conditioning,
  Pair,
  Sampling,
  Stepper,
  StepperKind,
  Voice,
  VoiceGroup,
} from '../stepper.js';
import { createComposite } from './composite.js';
import { SeparateVoices } from './separate-voices.js';

/**
 * Two models that sound as one, as a stepper: its voices are composites of two, and `Sampling.blend` says how much is the
 * second's. So whatever plays a model plays a pair. The steppers are the caller's and must outlive this one.
 */
export class PairStepper implements Stepper {
  readonly kind: StepperKind;
  readonly instructionSet: string;
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];
  protected readonly members: readonly [Stepper, Stepper];
  protected readonly pair: Pair;

  /** Throws what `createComposite` throws for members that do not fit. */
  constructor(members: readonly [Stepper, Stepper], pair: Pair) {
    const [first, second] = members;
    this.members = members;
    this.pair = pair;
    this.kind = first.kind;
    this.instructionSet = first.instructionSet;
    this.sampleRate = first.sampleRate;
    this.levels = first.levels;
    this.quantiser = first.quantiser;
    this.conditioning = first.conditioning.length > 0 ? first.conditioning : second.conditioning;
    this.createVoice(0);
  }

  createVoice(seed: number): Voice {
    const { mixing, isFirstDropped } = this.pair;
    const members = this.members.map((stepper) => ({ stepper, seed }));
    const composite = createComposite(members, mixing, [1, 0]);
    composite.setDropped([isFirstDropped, false]);
    return new PairVoice(composite);
  }

  createGroup(capacity: number): VoiceGroup {
    return new SeparateVoices(this, capacity);
  }

  /** Nothing is its own. */
  dispose(): void {}
}

/** A composite of two that takes its weights from the sampling of each block. */
class PairVoice implements Voice {
  readonly snapshotBytes: number;
  private readonly composite: Composite;

  constructor(composite: Composite) {
    this.composite = composite;
    this.snapshotBytes = composite.snapshotBytes;
  }

  get frame(): number {
    return this.composite.frame;
  }

  get surprise(): number {
    return this.composite.surprise;
  }

  get faultyDraws(): number {
    return this.composite.faultyDraws;
  }

  get isAligned(): boolean {
    return this.composite.isAligned;
  }

  reset(seed: number): void {
    this.composite.reset(seed);
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    this.composite.setBlend(sampling.blend ?? 0);
    this.composite.stepBlock(out, numFrames, sampling, ids, conditioning);
  }

  /** `logits` are those of the blend of the last `stepBlock`, 0 before the first. */
  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    this.composite.forceBlock(ids, numFrames, logits, conditioning);
  }

  snapshot(into: Uint8Array): void {
    this.composite.snapshot(into);
  }

  restore(from: Uint8Array, frame?: number): void {
    this.composite.restore(from, frame);
  }

  snapshotLayout(): SnapshotLayout {
    return this.composite.snapshotLayout();
  }
}
