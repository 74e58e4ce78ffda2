import type { ModelStream } from '../../models/index.js';
import { SpliceFade } from '../dsp/splice-fade.js';

/**
 * Reads a model stream that may run dry: gaps, starts and resets are faded, so that none of them clicks.
 * After each of them it waits until half of the look-ahead has gathered, so that a late model does not stutter.
 * On the audio path; allocates nothing after construction.
 */
export class StreamReader {
  readonly #stream: ModelStream;
  readonly #splice: SpliceFade;
  readonly #resumeFrames: number;
  readonly #onGap: (missingFrames: number) => void;
  #isWaiting = true;

  /** `fadeFrames` at the rate of the model. `onGap` is called once per gap, when it begins. */
  constructor(stream: ModelStream, fadeFrames: number, onGap: (missingFrames: number) => void) {
    this.#stream = stream;
    this.#splice = new SpliceFade(fadeFrames);
    this.#resumeFrames = Math.ceil(stream.lookAheadFrames / 2);
    this.#onGap = onGap;
  }

  /** Fills `into[0..numFrames)`, with silence where the model has nothing. */
  read(into: Float32Array, numFrames: number): void {
    if (this.#isWaiting && this.#stream.availableFrames >= this.#resumeFrames) this.#isWaiting = false;
    const count = this.#isWaiting ? 0 : this.#stream.read(into, numFrames);
    if (!this.#isWaiting && count < numFrames) {
      this.#isWaiting = true;
      this.#onGap(numFrames - count);
    }
    this.#splice.process(into, count, numFrames);
  }

  /** The model starts anew; the old sound fades out under the new one. `seed` is a uint32. */
  restart(seed: number): void {
    this.#splice.cut();
    this.#stream.reset(seed);
    this.#isWaiting = true;
  }
}
