import type { DeEmphasis, ModelStream } from '../../models/index.js';
import { SpliceFade } from '../dsp/splice-fade.js';
import type { StartGate } from '../services.js';

/**
 * Reads a model stream as sound. It may run dry: gaps, starts and resets are faded, so that none of them clicks.
 * After each of them it waits until half of the look-ahead has gathered, so that a late model does not stutter.
 * On the audio path; allocates nothing after construction.
 */
export class StreamReader {
  readonly #stream: ModelStream;
  readonly #deEmphasis: DeEmphasis;
  readonly #splice: SpliceFade;
  readonly #onGap: (missingFrames: number) => void;
  readonly #gate: StartGate | undefined;
  #isWaiting = true;

  /** `fadeFrames` at the rate of the model. `onGap` is called once per gap, when it begins. */
  constructor(
    stream: ModelStream,
    deEmphasis: DeEmphasis,
    fadeFrames: number,
    onGap: (missingFrames: number) => void,
    gate?: StartGate,
  ) {
    this.#gate = gate;
    this.#stream = stream;
    this.#deEmphasis = deEmphasis;
    this.#splice = new SpliceFade(fadeFrames);
    this.#onGap = onGap;
  }

  /** Whether the next read takes frames from the stream. */
  isPlaying(): boolean {
    if (this.#isWaiting && this.#gate?.mayStart() !== false && this.#isReady()) {
      this.#isWaiting = false;
      this.#gate?.started();
    }
    return !this.#isWaiting;
  }

  /** After a start, a reset or a gap, until it plays. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Fills `into[0..numFrames)`, with silence where the model has nothing. `isPlaying`: as was answered for this tick. */
  read(into: Float32Array, numFrames: number, isPlaying = this.isPlaying()): void {
    const count = isPlaying ? this.#stream.read(into, numFrames) : 0;
    if (isPlaying && count < numFrames) {
      this.#isWaiting = true;
      this.#onGap(numFrames - count);
    }
    this.#deEmphasis.apply(into, count);
    this.#splice.process(into, count, numFrames);
  }

  #isReady(): boolean {
    return this.#stream.availableFrames >= Math.ceil(this.#stream.lookAheadFrames / 2);
  }

  /** The model starts anew; the old sound fades out under the new one. `seed` is a uint32. */
  restart(seed: number): void {
    this.#splice.cut();
    this.#deEmphasis.reset();
    this.#stream.reset(seed);
    this.#isWaiting = true;
  }
}
