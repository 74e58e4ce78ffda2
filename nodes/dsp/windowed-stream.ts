import { type ChunkGenerator, OverlapAdd } from './overlap-add.js';
import { RingBuffer } from './ring-buffer.js';
import type { Samples } from './samples.js';
import type { WindowShape } from './window.js';

/** Changes `chunk[channel][0..windowFrames)` in place; `index` counts chunks from 0. */
export type ChunkTransform = (chunk: readonly Float64Array[], windowFrames: number, index: number) => void;

export interface WindowedStreamOptions {
  readonly channels: number;
  readonly windowFrames: number;
  /** 1 to `windowFrames`. */
  readonly hopFrames: number;
  readonly shape: WindowShape;
}

/**
 * Cuts its input into overlapping chunks, lets a transform change each, and adds them up again.
 * A transform that changes nothing gives the input, delayed by exactly `latencyFrames`: one window.
 */
export class WindowedStream {
  readonly latencyFrames: number;
  readonly #overlapAdd: OverlapAdd;
  readonly #history: RingBuffer;
  readonly #generate: ChunkGenerator;
  #transform: ChunkTransform = () => {};

  constructor(options: WindowedStreamOptions) {
    const { channels, windowFrames, hopFrames, shape } = options;
    this.latencyFrames = windowFrames;
    this.#overlapAdd = new OverlapAdd({ channels, maxWindowFrames: windowFrames, shape, weightFloor: 1e-9 });
    this.#overlapAdd.resize(windowFrames, hopFrames);
    this.#history = new RingBuffer(channels, windowFrames);
    this.#generate = (chunk, length, startFrame) => {
      for (let c = 0; c < chunk.length; c++) {
        this.#history.read(c, startFrame - length, 1, chunk[c]!, length);
      }
      this.#transform(chunk, length, startFrame / hopFrames);
    };
  }

  /** `input` and `out` are (channels, numFrames) and may be of any length. No allocation. */
  process(
    input: readonly Samples[],
    out: readonly Samples[],
    numFrames: number,
    transform: ChunkTransform,
  ): void {
    this.#transform = transform;
    for (let done = 0; done < numFrames; ) {
      if (this.#overlapAdd.framesUntilChunk === 0) this.#overlapAdd.addChunk(this.#generate);
      const segment = Math.min(numFrames - done, this.#overlapAdd.framesUntilChunk);
      this.#history.write(input, done, segment);
      this.#overlapAdd.read(out, done, segment);
      done += segment;
    }
  }
}
