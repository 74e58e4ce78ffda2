import { checkConditioning } from '../conditioning/block-rows.js';
import { ModelError } from '../errors.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import type { Conditioning, Sampling, Stepper, Voice } from '../stepper.js';
import { checkLength } from './check-length.js';
import { coreLayout } from './core-layout.js';
import type { NativeVoice } from './load.js';

/** What a voice knows of its stepper. */
export type VoiceKind = Pick<Stepper, 'levels' | 'conditioning' | 'sampleRate'>;

/** One stream of a native model. */
export class NativeStepperVoice implements Voice {
  readonly snapshotBytes: number;
  protected readonly voice: NativeVoice;
  private readonly kind: VoiceKind;

  constructor(voice: NativeVoice, kind: VoiceKind) {
    this.voice = voice;
    this.kind = kind;
    this.snapshotBytes = voice.snapshotBytes;
  }

  get frame(): number {
    return this.voice.frame;
  }

  get surprise(): number {
    return this.voice.surprise;
  }

  get faultyDraws(): number {
    return this.voice.faultyDraws;
  }

  reset(seed: number): void {
    this.voice.reset(seed);
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    checkLength('out', out.length, numFrames);
    if (ids) checkLength('ids', ids.length, numFrames);
    if (conditioning) this.check(conditioning, numFrames);
    const { temperature, topP, topK } = sampling;
    this.voice.stepBlock(out, numFrames, temperature, topP, topK, ids, conditioning);
    this.answered();
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * this.kind.levels);
    if (conditioning) this.check(conditioning, numFrames);
    this.voice.forceBlock(ids, numFrames, logits, conditioning);
    this.answered();
  }

  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    this.voice.snapshot(into);
    this.answered();
  }

  restore(from: Uint8Array, frame?: number): void {
    const isFrame = frame === undefined || (Number.isSafeInteger(frame) && frame >= 0);
    if (isFrame && this.voice.restore(from, frame)) return;
    throw new ModelError(
      'MODEL_SNAPSHOT',
      `Expected a snapshot of a native voice of the same bundle${frame === undefined ? '' : ` that can go on as frame ${frame}`}.`,
    );
  }

  get isAligned(): boolean {
    return this.voice.isAligned;
  }

  snapshotLayout(): SnapshotLayout {
    return coreLayout(this.voice.snapshotRanges());
  }

  /** After whatever gives something: for a voice that has to tell that this was nothing. */
  protected answered(): void {}

  private check(conditioning: Conditioning, numFrames: number): void {
    const { kind, voice } = this;
    checkConditioning(kind.conditioning, kind.sampleRate, conditioning, voice.frame, numFrames);
  }
}
