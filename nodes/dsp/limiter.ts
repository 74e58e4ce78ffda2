import { MovingAverage } from './moving-average.js';
import type { Samples } from './samples.js';
import { SlidingMinimum } from './sliding-minimum.js';

export interface LimiterOptions {
  readonly channels: number;
  /** Delay from input to output: the time the gain has to get down before a peak. 1 or more. */
  readonly latencyFrames: number;
}

/**
 * Look-ahead limiter: no sample ever leaves above the ceiling. All channels share one gain, so the image stays.
 *
 * Each frame asks for the gain that brings its peak to the ceiling. The minimum over the look-ahead holds that gain
 * for as long as the peak is under way, a one-pole lets it rise again, and two moving averages that together
 * span the look-ahead turn steps into smooth slopes which are down exactly when the peak arrives.
 * A frame with a NaN or an infinity asks for gain 0: the sound fades to silence around it.
 */
export class Limiter {
  readonly latencyFrames: number;
  readonly #delay: Float64Array[] = [];
  readonly #ceilings: Float64Array;
  readonly #hold: SlidingMinimum;
  readonly #first: MovingAverage;
  readonly #second: MovingAverage;
  #slot = 0;
  #released = 1;
  #notFinite = 0;
  #gain = 1;
  #asked = 1;
  #ceiling = 1;

  constructor(options: LimiterOptions) {
    this.latencyFrames = options.latencyFrames;
    for (let c = 0; c < options.channels; c++) this.#delay.push(new Float64Array(this.latencyFrames));
    this.#ceilings = new Float64Array(this.latencyFrames).fill(1);
    this.#hold = new SlidingMinimum(this.latencyFrames + 1);
    const firstLength = Math.ceil((this.latencyFrames + 2) / 2);
    this.#first = new MovingAverage(firstLength, 1);
    this.#second = new MovingAverage(this.latencyFrames + 2 - firstLength, 1);
  }

  /** Frames so far that held a NaN or an infinity. */
  get notFiniteFrames(): number {
    return this.#notFinite;
  }

  /** The gain that the last frame was given: 1 when the limiter is idle. */
  get gain(): number {
    return this.#gain;
  }

  /**
   * `input` and `out` are (channels, numFrames). The ceiling of a frame (amplitude, above 0) holds where that
   * frame leaves, `latencyFrames` later. `releaseCoefficient`: what is left of a gain reduction after one frame.
   */
  process(
    input: readonly Samples[],
    out: readonly Samples[],
    ceiling: Samples,
    releaseCoefficient: number,
    numFrames: number,
  ): void {
    for (let i = 0; i < numFrames; i++) {
      if (ceiling[i] !== this.#asked) this.#setCeiling(ceiling[i]!);
      this.#gain = this.#nextGain(input, i, releaseCoefficient);
      const bound = this.#ceilings[this.#slot]!;
      this.#ceilings[this.#slot] = this.#ceiling;
      for (let c = 0; c < this.#delay.length; c++) {
        const delay = this.#delay[c]!;
        const value = delay[this.#slot]! * this.#gain;
        // The slopes are right to the last bit or two; the bound takes care of those.
        out[c]![i] = Math.max(-bound, Math.min(bound, value));
        const incoming = input[c]![i]!;
        delay[this.#slot] = Number.isFinite(incoming) ? incoming : 0;
      }
      if (++this.#slot === this.latencyFrames) this.#slot = 0;
    }
  }

  #nextGain(input: readonly Samples[], i: number, releaseCoefficient: number): number {
    let peak = 0;
    let areNumbers = true;
    for (let c = 0; c < this.#delay.length; c++) {
      const size = Math.abs(input[c]![i]!);
      if (size > peak) peak = size;
      if (!Number.isFinite(size)) areNumbers = false;
    }
    let asked = 1;
    if (!areNumbers) {
      this.#notFinite++;
      asked = 0;
    } else if (peak > this.#ceiling) asked = this.#ceiling / peak;
    const held = this.#hold.next(asked);
    const rising = held + (this.#released - held) * releaseCoefficient;
    this.#released = Math.min(held, rising);
    return this.#second.next(this.#first.next(this.#released));
  }

  /** Rounds towards zero, so that a float32 of the ceiling is not above it. */
  #setCeiling(ceiling: number): void {
    this.#asked = ceiling;
    this.#ceiling = Math.fround(ceiling) <= ceiling ? ceiling : ceiling * (1 - 2 ** -23);
  }
}
