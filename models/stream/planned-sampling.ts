import type { Sampling } from '../stepper.js';

/** More than any look-ahead needs; what is planned beyond replaces the last plan. */
const CAPACITY = 512;

/** Control values that wait for their frame, for streams that keep their plans on the reader's side. Allocates once. */
export class PlannedSampling {
  /** What holds now. */
  readonly current: { temperature: number; topP: number; topK: number; blend: number };
  readonly #frames = new Float64Array(CAPACITY);
  readonly #values = new Float64Array(CAPACITY * 4);
  #first = 0;
  #count = 0;

  constructor(sampling: Sampling) {
    const { temperature, topP, topK, blend = 0 } = sampling;
    this.current = { temperature, topP, topK, blend };
  }

  /** At once, without plans. */
  set(sampling: Sampling): void {
    this.#count = 0;
    this.current.temperature = sampling.temperature;
    this.current.topP = sampling.topP;
    this.current.topK = sampling.topK;
    this.current.blend = sampling.blend ?? 0;
  }

  plan(frame: number, sampling: Sampling): void {
    while (this.#count > 0 && this.#frames[this.#slot(this.#count - 1)]! >= frame) this.#count--;
    if (this.#count < CAPACITY) this.#count++;
    const slot = this.#slot(this.#count - 1);
    this.#frames[slot] = frame;
    this.#values[4 * slot] = sampling.temperature;
    this.#values[4 * slot + 1] = sampling.topP;
    this.#values[4 * slot + 2] = sampling.topK;
    this.#values[4 * slot + 3] = sampling.blend ?? 0;
  }

  /** The frame of the next plan; Infinity without one. */
  nextFrame(): number {
    return this.#count > 0 ? this.#frames[this.#first]! : Number.POSITIVE_INFINITY;
  }

  /** Moves what is due at `frame` into `current`; whether there was any. */
  advance(frame: number): boolean {
    let isChanged = false;
    while (this.#count > 0 && this.#frames[this.#first]! <= frame) {
      this.current.temperature = this.#values[4 * this.#first]!;
      this.current.topP = this.#values[4 * this.#first + 1]!;
      this.current.topK = this.#values[4 * this.#first + 2]!;
      this.current.blend = this.#values[4 * this.#first + 3]!;
      this.#first = (this.#first + 1) % CAPACITY;
      this.#count--;
      isChanged = true;
    }
    return isChanged;
  }

  /** No plan; the last thing said holds. */
  restart(): void {
    this.advance(Number.POSITIVE_INFINITY);
  }

  /** The same values and plans as the other. */
  copyFrom(other: PlannedSampling): void {
    Object.assign(this.current, other.current);
    this.#frames.set(other.#frames);
    this.#values.set(other.#values);
    this.#first = other.#first;
    this.#count = other.#count;
  }

  #slot(index: number): number {
    return (this.#first + index) % CAPACITY;
  }
}
