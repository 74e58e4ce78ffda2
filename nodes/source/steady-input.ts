import { DriftFollower } from '../dsp/drift-follower.js';
import { Resampler } from '../dsp/resampler.js';
import type { ResamplerFilter } from '../dsp/resampler-filter.js';
import { SpliceFade } from '../dsp/splice-fade.js';
import type { AudioInputStream } from '../services.js';

/** What has gathered beyond the target before it is let go: a reader that was held up for longer has a gap anyway. */
const MOST_EXCESS_SECONDS = 0.1;

export interface SteadyInputOptions {
  readonly channels: number;
  /** Hz, of both sides, nominally. */
  readonly sampleRate: number;
  readonly maxBlockFrames: number;
  /** How late a piece or a tick may be before there is a gap. */
  readonly marginFrames: number;
  /** Of the edges of gaps. */
  readonly fadeFrames: number;
  /** From `sampleRate` to itself. */
  readonly filter: ResamplerFilter;
}

/** What is there before each read, in the mean: a block to read, another and a piece that come late, and the margin. */
function targetFramesOf({ pieceFrames }: AudioInputStream, options: SteadyInputOptions): number {
  return 2 * options.maxBlockFrames + pieceFrames + options.marginFrames;
}

/** From the sound to what `read` gives, in frames. */
export function steadyLatencyFrames(stream: AudioInputStream, options: SteadyInputOptions): number {
  return stream.latencyFrames + targetFramesOf(stream, options) + options.filter.delayFrames;
}

/**
 * Reads an input whose clock is not that of the reader: what comes too fast or too slow is resampled by as much, and what
 * does not come at all is a gap with faded edges. After a gap it waits until as much is there as before. On the audio path;
 * nothing is allocated after construction.
 */
export class SteadyInput {
  readonly #stream: AudioInputStream;
  readonly #targetFrames: number;
  readonly #mostFrames: number;
  readonly #follower: DriftFollower;
  readonly #resampler: Resampler;
  readonly #piece: Float32Array[];
  /** As many frames as the filter hears at once. */
  readonly #rinseFrames: number;
  readonly #splices: readonly SpliceFade[];
  #isWaiting = true;
  #gaps = 0;

  constructor(stream: AudioInputStream, options: SteadyInputOptions) {
    const { channels, sampleRate, maxBlockFrames, fadeFrames, filter } = options;
    this.#stream = stream;
    this.#targetFrames = targetFramesOf(stream, options);
    this.#mostFrames = this.#targetFrames + Math.round(MOST_EXCESS_SECONDS * sampleRate);
    this.#follower = new DriftFollower(sampleRate, this.#targetFrames);
    // A correction is bounded to a half percent; a frame for the fraction, and one to be sure.
    this.#rinseFrames = 2 * filter.delayFrames;
    const maxInputFrames = Math.max(this.#rinseFrames, Math.ceil(maxBlockFrames * 1.01)) + 2;
    this.#resampler = new Resampler({ channels, filter, maxInputFrames });
    this.#piece = Array.from({ length: channels }, () => new Float32Array(maxInputFrames));
    this.#splices = this.#piece.map(() => new SpliceFade(fadeFrames));
  }

  /** Times that the sound had a gap. An input that has never come, or does not come back, is none. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Fills `out[c][0..numFrames)`, with silence where nothing has come. */
  read(out: readonly Float32Array[], numFrames: number): void {
    const count = this.#isReady() ? this.#take(out, numFrames) : 0;
    for (let c = 0; c < this.#splices.length; c++) this.#splices[c]!.process(out[c]!, count, numFrames);
  }

  #isReady(): boolean {
    const { availableFrames } = this.#stream;
    if (this.#isWaiting) {
      if (availableFrames < this.#targetFrames + this.#rinseFrames) return false;
      this.#isWaiting = false;
    } else if (availableFrames > this.#mostFrames) {
      this.#gaps++;
      for (let c = 0; c < this.#splices.length; c++) this.#splices[c]!.cut();
    } else {
      return true;
    }
    this.#stream.skip(availableFrames - this.#targetFrames - this.#rinseFrames);
    this.#rinse();
    this.#follower.restart();
    return true;
  }

  /** Nothing of what was before the gap is in the filter any more: else the seam would lie inside the fade. */
  #rinse(): void {
    const got = this.#stream.read(this.#piece, this.#resampler.inputNeeded(this.#rinseFrames));
    this.#resampler.push(this.#piece, 0, got);
    this.#resampler.pull(this.#piece, 0, this.#rinseFrames);
  }

  #take(out: readonly Float32Array[], numFrames: number): number {
    const resampler = this.#resampler;
    resampler.setDrift(this.#follower.follow(this.#stream.availableFrames, numFrames));
    const got = this.#stream.read(this.#piece, resampler.inputNeeded(numFrames));
    resampler.push(this.#piece, 0, got);
    const count = resampler.pull(out, 0, numFrames);
    if (count < numFrames) {
      this.#isWaiting = true;
      this.#gaps++;
    }
    return count;
  }
}
