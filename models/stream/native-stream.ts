import type { NativeRunAhead } from '../native/load.js';
import type { NativeStepper } from '../native/native-stepper.js';
import type { Sampling } from '../stepper.js';
import type { ModelStream } from '../stream.js';

/**
 * Live: a voice on a native thread (native/stream/run_ahead.h) which keeps a ring `lookAheadFrames` full.
 * Reading never waits for that thread. It runs at real-time priority where the system grants it.
 */
export class NativeStream implements ModelStream {
  readonly mode = 'threaded';
  readonly sampleRate: number;
  readonly lookAheadFrames: number;
  /** Frames stepped between two looks at the control values. */
  readonly subBlockFrames: number;
  private readonly thread: NativeRunAhead;
  private isClosed = false;

  /** Starts the thread. Allocates. */
  constructor(stepper: NativeStepper, seed: number, lookAheadFrames: number, sampling: Sampling) {
    const { temperature, topP, topK } = sampling;
    this.sampleRate = stepper.sampleRate;
    this.thread = stepper.model.createStream(
      seed,
      stepper.sampleRate,
      lookAheadFrames,
      true,
      temperature,
      topP,
      topK,
    );
    this.lookAheadFrames = this.thread.lookAheadFrames;
    this.subBlockFrames = this.thread.subBlockFrames;
  }

  get availableFrames(): number {
    return this.isClosed ? 0 : this.thread.availableFrames;
  }

  get load(): number {
    return this.isClosed ? 0 : this.thread.load;
  }

  /** Reads that got fewer frames than they asked for. */
  get underflows(): number {
    return this.thread.underflows;
  }

  /** `overloaded`: real-time priority was given back, because the model is slower than real time here. */
  get scheduling(): NativeRunAhead['scheduling'] {
    return this.thread.scheduling;
  }

  read(out: Float32Array, numFrames: number): number {
    return this.isClosed ? 0 : this.thread.read(out, Math.min(numFrames, out.length));
  }

  setSampling(sampling: Sampling): void {
    this.thread.setSampling(sampling.temperature, sampling.topP, sampling.topK);
  }

  reset(seed: number): void {
    if (!this.isClosed) this.thread.reset(seed);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.thread.close();
  }
}
