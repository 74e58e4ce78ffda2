import { ModelError } from '../errors.js';
import type { Sampling, Voice } from '../stepper.js';
import { checkLength } from './check-length.js';
import type { NativeVoice } from './load.js';

/** One stream of a native model. */
export class NativeStepperVoice implements Voice {
  readonly snapshotBytes: number;
  protected readonly voice: NativeVoice;
  private readonly levels: number;

  constructor(voice: NativeVoice, levels: number) {
    this.voice = voice;
    this.levels = levels;
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
