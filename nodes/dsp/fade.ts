import type { Samples } from './samples.js';

/** A straight ramp between two values: what makes a switch inaudible. */
export class Fade {
  readonly #frames: number;
  /** Counted in frames of the way, so that arriving is exact. */
  #position: number;

  /** `frames` for the way from 0 to 1. */
  constructor(frames: number, initial: number) {
    this.#frames = Math.max(1, frames);
    this.#position = initial * this.#frames;
  }

  /** Moves on by `numFrames` towards `target`, arriving exactly, and scales `gains` by the values on the way. */
  scale(gains: Samples, numFrames: number, target: number): void {
    const end = target * this.#frames;
    for (let i = 0; i < numFrames; i++) {
      this.#position += Math.max(-1, Math.min(1, end - this.#position));
      gains[i]! *= this.#position / this.#frames;
    }
  }
}
