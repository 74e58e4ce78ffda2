import type { Samples } from './samples.js';

/**
 * Joins sounds that do not belong together: after a cut, or while nothing comes, the last frames are played
 * backwards and fade out; what comes next fades in over them. No step is ever heard. One channel.
 */
export class SpliceFade {
  readonly #fadeFrames: number;
  /** The last output, newest at #slot - 1. */
  readonly #history: Float64Array;
  #slot = 0;
  /** The history at the last cut, newest first. */
  readonly #tail: Float64Array;
  /** Frames of the tail that were played. */
  #tailFrame: number;
  /** Frames of fade-in that were played; 0 after a cut. */
  #entryFrame = 0;

  constructor(fadeFrames: number) {
    this.#fadeFrames = Math.max(1, fadeFrames);
    this.#history = new Float64Array(this.#fadeFrames);
    this.#tail = new Float64Array(this.#fadeFrames);
    this.#tailFrame = this.#fadeFrames;
  }

  /** The next frame belongs to another sound. */
  cut(): void {
    for (let i = 0; i < this.#fadeFrames; i++) {
      this.#tail[i] = this.#history[(this.#slot - 1 - i + 2 * this.#fadeFrames) % this.#fadeFrames]!;
    }
    this.#tailFrame = 0;
    this.#entryFrame = 0;
  }

  /** In place: the first `numPresent` of `numFrames` frames are sound, for the others there is none. */
  process(frames: Samples, numPresent: number, numFrames: number): void {
    for (let i = 0; i < numPresent; i++) {
      const entry = this.#entryFrame < this.#fadeFrames ? rise(this.#entryFrame++ / this.#fadeFrames) : 1;
      this.#emit(frames, i, frames[i]! * entry);
    }
    if (numPresent < numFrames && this.#entryFrame > 0) this.cut();
    for (let i = numPresent; i < numFrames; i++) this.#emit(frames, i, 0);
  }

  #emit(frames: Samples, i: number, sample: number): void {
    let value = sample;
    if (this.#tailFrame < this.#fadeFrames) {
      value += this.#tail[this.#tailFrame]! * fall(this.#tailFrame / this.#fadeFrames);
      this.#tailFrame++;
    }
    frames[i] = value;
    this.#history[this.#slot] = value;
    if (++this.#slot === this.#fadeFrames) this.#slot = 0;
  }
}

/** Gain of what comes. With `fall` it keeps the power: the two sounds have nothing in common. */
function rise(x: number): number {
  return Math.sin((Math.PI / 2) * x);
}

/** Gain of what goes. */
function fall(x: number): number {
  return Math.cos((Math.PI / 2) * x);
}
