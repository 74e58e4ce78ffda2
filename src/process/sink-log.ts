/**
 * Everything that a sink was given, and when: a tap for measurements of latency. One writer, the audio thread, which
 * copies each tick and notes two times; one reader. What does not fit is dropped and counted.
 */
import type { AudioBlock } from '../../graph/index.js';
import { TapRing } from './tap-ring.js';

/** One tick as the sink saw it. Times are `monotonicMs()`. */
export interface LoggedTick {
  /** Engine frame, and how many. */
  frame: number;
  numFrames: number;
  /** When the sink asked for the block that the tick is part of, and when it had the tick. */
  askedMs: number;
  givenMs: number;
  /** What the driver says that it holds, in frames. */
  latencyFrames: number;
}

/** To be handed to another thread. */
export interface SinkLogMemory {
  readonly frames: SharedArrayBuffer;
  readonly ticks: SharedArrayBuffer;
}

const WRITTEN = 0;
const READ = 1;
const DROPPED = 2;
const headBytes = 16;
const fields = 5;
/** Ticks are shorter than blocks where messages split them. */
const leastTickFrames = 16;

export class SinkLog {
  private readonly ring: TapRing;
  private readonly head: Int32Array;
  private readonly ticks: Float64Array;
  private readonly mask: number;

  constructor(
    readonly memory: SinkLogMemory,
    readonly channels: number,
  ) {
    this.ring = new TapRing(memory.frames, channels);
    this.head = new Int32Array(memory.ticks, 0, headBytes / 4);
    this.ticks = new Float64Array(memory.ticks, headBytes);
    this.mask = this.ticks.length / fields - 1;
  }

  /** Room for at least `leastFrames`. */
  static allocate(leastFrames: number, channels: number): SinkLogMemory {
    const numTicks = 2 ** Math.ceil(Math.log2(leastFrames / leastTickFrames));
    return {
      frames: TapRing.allocate(leastFrames, channels),
      ticks: new SharedArrayBuffer(headBytes + numTicks * fields * 8),
    };
  }

  /** Ticks, and frames, that did not fit: what was read has a hole then. */
  get dropped(): number {
    return this.ring.dropped + Atomics.load(this.head, DROPPED);
  }

  /** Audio thread, after the tick went to the sink. Does not allocate. */
  write(
    block: AudioBlock,
    numFrames: number,
    frame: number,
    askedMs: number,
    givenMs: number,
    latencyFrames: number,
  ): void {
    const written = Atomics.load(this.head, WRITTEN);
    if (((written - Atomics.load(this.head, READ)) | 0) > this.mask) {
      Atomics.add(this.head, DROPPED, 1);
      return;
    }
    this.ring.write(block, numFrames);
    const at = (written & this.mask) * fields;
    this.ticks[at] = frame;
    this.ticks[at + 1] = numFrames;
    this.ticks[at + 2] = askedMs;
    this.ticks[at + 3] = givenMs;
    this.ticks[at + 4] = latencyFrames;
    Atomics.store(this.head, WRITTEN, (written + 1) | 0);
  }

  /** Reading thread: the next tick and its frames, into `out`, which must have room; false when there is none yet. */
  read(tick: LoggedTick, out: AudioBlock): boolean {
    const read = Atomics.load(this.head, READ);
    if (read === Atomics.load(this.head, WRITTEN)) return false;
    const at = (read & this.mask) * fields;
    tick.frame = this.ticks[at]!;
    tick.numFrames = this.ticks[at + 1]!;
    tick.askedMs = this.ticks[at + 2]!;
    tick.givenMs = this.ticks[at + 3]!;
    tick.latencyFrames = this.ticks[at + 4]!;
    this.ring.read(out, tick.numFrames);
    Atomics.store(this.head, READ, (read + 1) | 0);
    return true;
  }
}
