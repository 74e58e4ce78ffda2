/** How fast a deviation is corrected: slow enough that no pitch is heard to move, fast enough for clocks that warm up. */
const BANDWIDTH_HZ = 0.05;
const DAMPING = 0.7;
/** Pieces come and blocks go at any moment: the fill of this long is averaged before it counts. */
const SMOOTHING_SECONDS = 0.5;
/** Clocks of sound cards differ by less than a thousandth; the rest is for getting back to the target. */
const MOST_DRIFT = 0.002;
const MOST_CORRECTION = 0.005;

/**
 * Keeps the fill of a ring between two clocks at a target: says how much faster or slower than nominal it is to be read. A
 * proportional and an integral part, critically enough damped that the rate settles on the difference of the clocks. Pure; no
 * allocation after construction.
 */
export class DriftFollower {
  readonly #sampleRate: number;
  readonly #targetFrames: number;
  readonly #proportional: number;
  readonly #integral: number;
  /** Seconds that the fill is above its target, smoothed. */
  #error = 0;
  /** What is known of the difference of the clocks: above 0 the writer is faster. */
  #drift = 0;

  /** `sampleRate` in Hz, of the reader; `targetFrames` is what shall be in the ring before each read, in the mean. */
  constructor(sampleRate: number, targetFrames: number) {
    this.#sampleRate = sampleRate;
    this.#targetFrames = targetFrames;
    const omega = 2 * Math.PI * BANDWIDTH_HZ;
    this.#proportional = 2 * DAMPING * omega;
    this.#integral = omega * omega;
  }

  /**
   * To be asked before each read of `numFrames`, of a ring that holds `fillFrames`: how many frames to make of one that is
   * read, for `Resampler.setDrift`; within half a percent of 1.
   */
  follow(fillFrames: number, numFrames: number): number {
    const seconds = numFrames / this.#sampleRate;
    const error = (fillFrames - this.#targetFrames) / this.#sampleRate;
    this.#error += (error - this.#error) * Math.min(1, seconds / SMOOTHING_SECONDS);
    this.#drift = bounded(this.#drift + this.#integral * this.#error * seconds, MOST_DRIFT);
    return 1 - bounded(this.#drift + this.#proportional * this.#error, MOST_CORRECTION);
  }

  /** After a gap: the fill is at its target again. What is known of the clocks stays. */
  restart(): void {
    this.#error = 0;
  }
}

function bounded(x: number, most: number): number {
  return Math.max(-most, Math.min(most, x));
}
