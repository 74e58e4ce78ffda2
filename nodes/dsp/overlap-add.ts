import { NodeError } from '../errors.js';
import type { Samples } from './samples.js';
import { fillWindow, type WindowShape } from './window.js';

/** Writes `windowFrames` frames into `chunk[channel]`; they start to sound at absolute output frame `startFrame`. */
export type ChunkGenerator = (
  chunk: readonly Float64Array[],
  windowFrames: number,
  startFrame: number,
) => void;

export interface OverlapAddOptions {
  readonly channels: number;
  /** Upper bound of `windowFrames`: what memory is allocated for. */
  readonly maxWindowFrames: number;
  readonly shape: WindowShape;
  /**
   * The sum of windows is divided out where it is larger than this. With 1, chunks that overlap sparsely
   * stay windowed pulses instead of being blown up; close to 0, any window and hop reconstruct.
   */
  readonly weightFloor: number;
}

/**
 * A stream out of overlapping chunks: every `hopFrames` a generator fills one chunk, which is windowed and added.
 * Dividing by the running sum of windows makes the level right: under COLA that sum is a constant,
 * elsewhere, and while window or hop change, its ripple is undone.
 * Nothing is allocated after construction; output depends on frames only, not on how reads are cut.
 */
export class OverlapAdd {
  readonly #maxWindowFrames: number;
  readonly #shape: WindowShape;
  readonly #weightFloor: number;
  readonly #chunk: Float64Array[] = [];
  readonly #sums: Float64Array[] = [];
  readonly #weights: Float64Array;
  readonly #window: Float64Array;
  #windowFrames: number;
  #hopFrames: number;
  #frame = 0;
  #nextChunkFrame = 0;

  constructor(options: OverlapAddOptions) {
    this.#maxWindowFrames = options.maxWindowFrames;
    this.#shape = options.shape;
    this.#weightFloor = options.weightFloor;
    for (let c = 0; c < options.channels; c++) {
      this.#chunk.push(new Float64Array(this.#maxWindowFrames));
      this.#sums.push(new Float64Array(this.#maxWindowFrames));
    }
    this.#weights = new Float64Array(this.#maxWindowFrames);
    this.#window = new Float64Array(this.#maxWindowFrames);
    this.#windowFrames = 0;
    this.#hopFrames = this.#maxWindowFrames;
    this.resize(this.#maxWindowFrames, this.#maxWindowFrames);
  }

  get windowFrames(): number {
    return this.#windowFrames;
  }

  get hopFrames(): number {
    return this.#hopFrames;
  }

  /** Holds from the next chunk on. `hopFrames` is 1 to `windowFrames`, or more for gaps between chunks. */
  resize(windowFrames: number, hopFrames: number): void {
    const fits = Number.isInteger(windowFrames) && windowFrames >= 1 && windowFrames <= this.#maxWindowFrames;
    if (!fits || !Number.isInteger(hopFrames) || hopFrames < 1) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `expected a window of 1 to ${this.#maxWindowFrames} frames and a hop of 1 or more but received ${windowFrames} and ${hopFrames}`,
      );
    }
    if (windowFrames !== this.#windowFrames) fillWindow(this.#window, this.#shape, windowFrames);
    this.#windowFrames = windowFrames;
    this.#hopFrames = hopFrames;
  }

  /** Frames that can be read before the next chunk is due; 0 when it is due now. */
  get framesUntilChunk(): number {
    return this.#nextChunkFrame - this.#frame;
  }

  /** Asks the generator for the chunk that starts now. Call when `framesUntilChunk` is 0. */
  addChunk(generate: ChunkGenerator): void {
    const size = this.#maxWindowFrames;
    const start = this.#frame % size;
    generate(this.#chunk, this.#windowFrames, this.#frame);
    for (let c = 0; c < this.#chunk.length; c++) {
      const chunk = this.#chunk[c]!;
      const sums = this.#sums[c]!;
      for (let i = 0, slot = start; i < this.#windowFrames; i++) {
        sums[slot]! += chunk[i]! * this.#window[i]!;
        if (++slot === size) slot = 0;
      }
    }
    for (let i = 0, slot = start; i < this.#windowFrames; i++) {
      this.#weights[slot]! += this.#window[i]!;
      if (++slot === size) slot = 0;
    }
    this.#nextChunkFrame = this.#frame + this.#hopFrames;
  }

  /** Writes the next `numFrames` (at most `framesUntilChunk`) into `out[channel]` from `offset` on. */
  read(out: readonly Samples[], offset: number, numFrames: number): void {
    const size = this.#maxWindowFrames;
    const start = this.#frame % size;
    for (let c = 0; c < this.#sums.length; c++) {
      const sums = this.#sums[c]!;
      const to = out[c]!;
      for (let i = 0, slot = start; i < numFrames; i++) {
        to[offset + i] = sums[slot]! / Math.max(this.#weights[slot]!, this.#weightFloor);
        sums[slot] = 0;
        if (++slot === size) slot = 0;
      }
    }
    for (let i = 0, slot = start; i < numFrames; i++) {
      this.#weights[slot] = 0;
      if (++slot === size) slot = 0;
    }
    this.#frame += numFrames;
  }

  /** Reads `numFrames`, asking for every chunk that falls due on the way. */
  render(out: readonly Samples[], offset: number, numFrames: number, generate: ChunkGenerator): void {
    for (let done = 0; done < numFrames; ) {
      if (this.framesUntilChunk === 0) this.addChunk(generate);
      const segment = Math.min(numFrames - done, this.framesUntilChunk);
      this.read(out, offset + done, segment);
      done += segment;
    }
  }
}
