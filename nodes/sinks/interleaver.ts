import type { AudioBlock } from '../../graph/index.js';

/**
 * Gathers the pieces of a block into one interleaved buffer of `blockFrames`, which devices take.
 * Ticks may be cut at any frame; a device never sees where. Allocation-free.
 */
export class Interleaver {
  /** The block that was gathered last: borrowed, rewritten by the next writes. */
  readonly buffer: Float32Array;
  private filled = 0;

  /** `onFull` is called each time the buffer holds a whole block. */
  constructor(
    private readonly channels: number,
    private readonly blockFrames: number,
    private readonly onFull: () => void,
  ) {
    this.buffer = new Float32Array(channels * blockFrames);
  }

  /** One channel goes to all; of more channels than the device has, the last are left out; what is not finite is silence. */
  write(block: AudioBlock, numFrames: number): void {
    for (let done = 0; done < numFrames; ) {
      const frames = Math.min(numFrames - done, this.blockFrames - this.filled);
      for (let c = 0; c < this.channels; c++) this.copy(block.channels[sourceOf(c, block)], c, done, frames);
      this.filled += frames;
      done += frames;
      if (this.filled === this.blockFrames) {
        this.filled = 0;
        this.onFull();
      }
    }
  }

  private copy(from: Float32Array | undefined, channel: number, start: number, frames: number): void {
    const { buffer, channels } = this;
    for (let i = 0; i < frames; i++) {
      const x = from === undefined ? 0 : from[start + i]!;
      buffer[(this.filled + i) * channels + channel] = x - x === 0 ? x : 0;
    }
  }
}

function sourceOf(channel: number, block: AudioBlock): number {
  return block.channels.length === 1 ? 0 : channel;
}
