import { NodeError } from '../errors.js';
import { FINE_DENOMINATOR, type ResamplerFilter } from './resampler-filter.js';
import type { Samples } from './samples.js';

export interface ResamplerOptions {
  readonly channels: number;
  /** From `designResamplerFilter`; streams may share one. */
  readonly filter: ResamplerFilter;
  /** Most frames that `push` is given before they are pulled. */
  readonly maxInputFrames: number;
}

/**
 * Streaming conversion between any two rates: a windowed sinc, read at the exact time of every output frame.
 * Push input, pull output; ask `inputNeeded` first to pull exactly what a block needs.
 * Time is counted in whole fractions of a frame, so it never drifts, and every output frame is one dot product
 * in one order, so results do not depend on how pushes and pulls are cut. No allocation after construction.
 */
export class Resampler {
  readonly channels: number;
  readonly filter: ResamplerFilter;
  readonly #taps: number;
  /** Frames [0, #filled) per channel; the newest tap of the next output frame is at #at. */
  readonly #input: Float64Array[] = [];
  readonly #capacity: number;
  #filled: number;
  #at: number;
  /** Time between output frames is #step / #denominator input frames; the next one is #phase past frame #at. */
  #step: number;
  #phase = 0;
  #denominator: number;

  constructor(options: ResamplerOptions) {
    this.channels = options.channels;
    this.filter = options.filter;
    this.#step = this.filter.step;
    this.#denominator = this.filter.denominator;
    this.#taps = 2 * this.filter.delayFrames;
    this.#filled = this.#taps - 1;
    this.#at = this.#filled;
    const stepFrames = Math.ceil(this.filter.step / this.filter.denominator);
    // Twice the need, so that old frames are moved away only every other time or less.
    this.#capacity = 2 * (this.#taps + options.maxInputFrames + stepFrames + 1);
    for (let c = 0; c < this.channels; c++) this.#input.push(new Float64Array(this.#capacity));
  }

  /** Input frames to push before `numOutputFrames` can be pulled. */
  inputNeeded(numOutputFrames: number): number {
    if (numOutputFrames <= 0) return 0;
    const last =
      this.#at + Math.floor((this.#phase + (numOutputFrames - 1) * this.#step) / this.#denominator);
    return Math.max(0, last + 1 - this.#filled);
  }

  /** Output frames that can be pulled now. */
  get available(): number {
    const ahead = this.#filled - this.#at;
    if (ahead <= 0) return 0;
    return Math.floor((ahead * this.#denominator - 1 - this.#phase) / this.#step) + 1;
  }

  /** Takes `numFrames` (at most `maxInputFrames` not yet pulled) of `input[channel]` from `offset` on. */
  push(input: readonly Samples[], offset: number, numFrames: number): void {
    if (this.#filled + numFrames > this.#capacity) this.#dropOldFrames();
    if (this.#filled + numFrames > this.#capacity) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `${numFrames} frames were pushed before the earlier ones were pulled`,
      );
    }
    for (let c = 0; c < this.channels; c++) {
      const from = input[c]!;
      const to = this.#input[c]!;
      for (let i = 0; i < numFrames; i++) to[this.#filled + i] = from[offset + i]!;
    }
    this.#filled += numFrames;
  }

  /** Writes up to `numFrames` into `out[channel]` from `offset` on; returns how many there were. */
  pull(out: readonly Samples[], offset: number, numFrames: number): number {
    const count = Math.min(numFrames, this.available);
    for (let i = 0; i < count; i++) {
      const row = (this.#phase * this.filter.phases) / this.#denominator;
      for (let c = 0; c < this.channels; c++) out[c]![offset + i] = this.#dot(this.#input[c]!, row);
      this.#phase += this.#step;
      const frames = Math.floor(this.#phase / this.#denominator);
      this.#phase -= frames * this.#denominator;
      this.#at += frames;
    }
    return count;
  }

  /**
   * Runs the output faster or slower from the next output frame on, without a jump: `factor` times the nominal
   * number of output frames per input frame, 0.9 to 1.1. For clocks that drift against each other.
   */
  setDrift(factor: number): void {
    const bounded = Math.min(1.1, Math.max(0.9, factor));
    this.#phase = Math.floor((this.#phase / this.#denominator) * FINE_DENOMINATOR);
    this.#denominator = FINE_DENOMINATOR;
    this.#step = Math.round((this.filter.step / this.filter.denominator / bounded) * FINE_DENOMINATOR);
  }

  /** One output value: the newest taps against filter row `row`, between two rows where it is not whole. */
  #dot(input: Float64Array, row: number): number {
    const { rows } = this.filter;
    const taps = this.#taps;
    const whole = Math.floor(row);
    const part = row - whole;
    const base = whole * taps;
    let sum = 0;
    for (let j = 0; j < taps; j++) sum += rows[base + j]! * input[this.#at - j]!;
    if (part === 0) return sum;
    let next = 0;
    for (let j = 0; j < taps; j++) next += rows[base + taps + j]! * input[this.#at - j]!;
    return sum + part * (next - sum);
  }

  #dropOldFrames(): void {
    const from = Math.min(this.#filled, this.#at - this.#taps + 1);
    for (const channel of this.#input) channel.copyWithin(0, from, this.#filled);
    this.#filled -= from;
    this.#at -= from;
  }
}
