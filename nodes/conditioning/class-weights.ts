import { condFrameAt } from '../../graph/index.js';

/**
 * Rows of weights, each of which may move by at most `mostChange` per row: what is set at a stroke is heard as a short
 * cross-fade, also where it is known ahead. Row k is the one before it, moved towards what is asked at row k's engine frame,
 * so the rows are the same at any block size. On the audio path; allocates nothing after construction.
 */
export class ClassWeights {
  readonly #numWeights: number;
  readonly #mostChange: number;
  readonly #rateHz: number;
  readonly #sampleRate: number;
  readonly #wanted: (weight: number, frame: number) => number;
  /** Rows of this tick, and before them the last one of the tick before. */
  readonly #rows: Float32Array;
  #first = 0;
  #numRows = 0;
  #hasBegun = false;
  /** Row #aheadIndex, as it will be. */
  readonly #ahead: Float32Array;
  #aheadIndex = -1;

  /**
   * `maxRows`: most that fall inside a tick. `wanted`: a weight at an engine frame, NaN where that is not known; frames of
   * this tick are.
   */
  constructor(
    numWeights: number,
    maxRows: number,
    mostChange: number,
    rateHz: number,
    sampleRate: number,
    wanted: (weight: number, frame: number) => number,
  ) {
    this.#numWeights = numWeights;
    this.#mostChange = mostChange;
    this.#rateHz = rateHz;
    this.#sampleRate = sampleRate;
    this.#wanted = wanted;
    this.#rows = new Float32Array((maxRows + 1) * numWeights);
    this.#ahead = new Float32Array(numWeights);
  }

  /** Makes the rows of a tick, writes them to `out` and returns how many. */
  advance(startFrame: number, numFrames: number, out: Float32Array): number {
    const first = condFrameAt(startFrame, this.#rateHz, this.#sampleRate);
    const end = condFrameAt(startFrame + numFrames, this.#rateHz, this.#sampleRate);
    const width = this.#numWeights;
    this.#rows.copyWithin(0, this.#numRows * width, (this.#numRows + 1) * width);
    for (let index = first; index < end; index++) {
      const at = (index - first + 1) * width;
      for (let i = 0; i < width; i++) {
        const wanted = this.#wanted(i, this.#frameOf(index));
        const last = this.#rows[at - width + i]!;
        // The first row of all has nothing to come from.
        this.#rows[at + i] = this.#hasBegun ? this.#moved(last, wanted) : wanted;
        out[at - width + i] = this.#rows[at + i]!;
      }
      this.#hasBegun = true;
    }
    this.#first = first;
    this.#numRows = end - first;
    this.#aheadIndex = -1;
    return this.#numRows;
  }

  /** Row `index`, of this tick or later, to `out`; false where it is not known. */
  rowAt(index: number, out: Float32Array): boolean {
    if (!this.#hasBegun) return false;
    const last = this.#first + this.#numRows - 1;
    const width = this.#numWeights;
    if (index <= last) {
      const at = Math.max(0, index - this.#first + 1) * width;
      for (let i = 0; i < width; i++) out[i] = this.#rows[at + i]!;
      return true;
    }
    if (this.#aheadIndex < last || this.#aheadIndex > index) {
      for (let i = 0; i < width; i++) this.#ahead[i] = this.#rows[this.#numRows * width + i]!;
      this.#aheadIndex = last;
    }
    for (; this.#aheadIndex < index; this.#aheadIndex++) {
      const frame = this.#frameOf(this.#aheadIndex + 1);
      for (let i = 0; i < width; i++) {
        const wanted = this.#wanted(i, frame);
        if (Number.isNaN(wanted)) {
          this.#aheadIndex = -1;
          return false;
        }
        this.#ahead[i] = this.#moved(this.#ahead[i]!, wanted);
      }
    }
    for (let i = 0; i < width; i++) out[i] = this.#ahead[i]!;
    return true;
  }

  #moved(from: number, to: number): number {
    return from + Math.min(this.#mostChange, Math.max(-this.#mostChange, to - from));
  }

  #frameOf(index: number): number {
    return Math.ceil((index * this.#sampleRate) / this.#rateHz);
  }
}
