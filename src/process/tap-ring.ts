/**
 * Carries the sound from the audio thread to a thread that writes files: interleaved float frames
 * in shared memory, one writer, one reader. The writer never waits; what does not fit is dropped and counted.
 */
import type { AudioBlock } from '../../graph/index.js';

/** Positions in frames, as 32-bit counts that wrap; a capacity that is a power of two makes the wrap unnoticed. */
const WRITTEN = 0;
const READ = 1;
const DROPPED = 2;
const headWords = 4;

export class TapRing {
  private readonly head: Int32Array;
  private readonly frames: Float32Array;
  private readonly capacity: number;
  private readonly mask: number;

  constructor(
    readonly memory: SharedArrayBuffer,
    readonly channels: number,
  ) {
    this.head = new Int32Array(memory, 0, headWords);
    this.frames = new Float32Array(memory, headWords * 4);
    this.capacity = this.frames.length / channels;
    this.mask = this.capacity - 1;
  }

  /** Room for at least `leastFrames`. */
  static allocate(leastFrames: number, channels: number): SharedArrayBuffer {
    const capacity = 2 ** Math.ceil(Math.log2(leastFrames));
    return new SharedArrayBuffer(headWords * 4 + capacity * channels * 4);
  }

  /** Frames that did not fit, since the start. */
  get dropped(): number {
    return Atomics.load(this.head, DROPPED);
  }

  /** Audio thread. All of the block or nothing. */
  write(block: AudioBlock, numFrames: number): void {
    const written = Atomics.load(this.head, WRITTEN);
    const waiting = (written - Atomics.load(this.head, READ)) | 0;
    if (waiting + numFrames > this.capacity) {
      Atomics.add(this.head, DROPPED, numFrames);
      return;
    }
    for (let i = 0; i < numFrames; i++) {
      const at = (written + i) & this.mask;
      for (let c = 0; c < this.channels; c++) {
        this.frames[at * this.channels + c] = block.channels[Math.min(c, block.channels.length - 1)]![i]!;
      }
    }
    Atomics.store(this.head, WRITTEN, (written + numFrames) | 0);
  }

  /** Reading thread: up to `most` frames into `out`, whose channels are as many as the ring's; returns how many. */
  read(out: AudioBlock, most: number): number {
    const read = Atomics.load(this.head, READ);
    const waiting = (Atomics.load(this.head, WRITTEN) - read) | 0;
    const numFrames = Math.min(waiting, most);
    for (let i = 0; i < numFrames; i++) {
      const at = (read + i) & this.mask;
      for (let c = 0; c < this.channels; c++) out.channels[c]![i] = this.frames[at * this.channels + c]!;
    }
    Atomics.store(this.head, READ, (read + numFrames) | 0);
    return numFrames;
  }
}
