import type { Sampling, Stepper, Voice } from '../stepper.js';
import type { ModelStream } from '../stream.js';

/**
 * Offline: `read` steps the voice on the caller's thread, so it is always full and the same seed and
 * control give the same samples at any block size.
 */
export class InlineStream implements ModelStream {
  readonly mode = 'inline';
  readonly sampleRate: number;
  readonly lookAheadFrames = 0;
  readonly availableFrames = 0;
  readonly load = 0;
  private readonly sampling: { temperature: number; topP: number; topK: number };
  private voice: Voice | undefined;

  /** Creates one voice of `stepper`, which must outlive the stream. */
  constructor(stepper: Stepper, seed: number, sampling: Sampling) {
    this.sampleRate = stepper.sampleRate;
    this.voice = stepper.createVoice(seed);
    this.sampling = { ...sampling };
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.voice === undefined) return 0;
    const n = Math.min(numFrames, out.length);
    this.voice.stepBlock(out, n, this.sampling);
    return n;
  }

  setSampling(sampling: Sampling): void {
    this.sampling.temperature = sampling.temperature;
    this.sampling.topP = sampling.topP;
    this.sampling.topK = sampling.topK;
  }

  reset(seed: number): void {
    this.voice?.reset(seed);
  }

  async close(): Promise<void> {
    this.voice = undefined;
  }
}
