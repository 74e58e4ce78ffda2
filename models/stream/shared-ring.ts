import { RUNAWAY_CAUSES, type RunawayCause } from '../stream.js';

/**
 * What a worker-stepped stream and its reader share: a ring of frames and a
 * few words, all in one SharedArrayBuffer. One writer (the worker), one reader. The reader's calls
 * are wait-free and allocate nothing.
 *
 * Positions count frames modulo 2^32: the ring's size is a power of two, so they may wrap.
 */

/** Places in the word table (int32). */
const WRITTEN = 0;
const TAKEN = 1;
const RESET_SEED = 3;
const RESET_GENERATION = 4;
const RESET_DONE = 5;
const RESET_START = 6;
const IS_CLOSING = 7;
const LOAD_PER_MILLE = 8;
/** Never changes: the writer sleeps on it with a time limit, so that the reader need not wake anybody. */
const SLEEP = 9;
const HAS_ENDED = 10;
const LOST = 11;
/** Of the last stream that the reader has read from before it was reset: its generation, and how many frames, two words. */
const HEARD_GENERATION = 12;
const HEARD_LOW = 13;
const HEARD_HIGH = 14;
/** One per cause. */
const RUNAWAYS = 15;
const NUM_WORDS = RUNAWAYS + RUNAWAY_CAUSES.length;

const WORD_BYTES = 128;

/** The shared memory seen from either side. Both construct one over the same buffer. */
export class SharedRing {
  readonly buffer: SharedArrayBuffer;
  readonly lookAheadFrames: number;
  readonly subBlockFrames: number;
  private readonly words: Int32Array;
  private readonly frames: Float32Array;
  private readonly mask: number;
  /** Reader's: a reset is asked for, not yet confirmed. */
  private isDropping = false;
  /** Writer's: a reset is confirmed, the reader still stands before it. */
  private isAwaitingDrop = false;

  static create(lookAheadFrames: number): SharedRing {
    const size = ringSize(lookAheadFrames);
    return new SharedRing(new SharedArrayBuffer(WORD_BYTES + size * 4), lookAheadFrames);
  }

  constructor(buffer: SharedArrayBuffer, lookAheadFrames: number) {
    this.buffer = buffer;
    this.lookAheadFrames = lookAheadFrames;
    this.subBlockFrames = subBlock(lookAheadFrames);
    this.words = new Int32Array(buffer, 0, NUM_WORDS);
    this.frames = new Float32Array(buffer, WORD_BYTES);
    this.mask = this.frames.length - 1;
  }

  // The reader's side.

  /** Frames that `read` would give now. */
  available(): number {
    if (this.isDropping && !this.dropAfterReset()) return 0;
    return (Atomics.load(this.words, WRITTEN) - Atomics.load(this.words, TAKEN)) | 0;
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.isDropping && !this.dropAfterReset()) return 0;
    const { words, frames, mask } = this;
    const taken = Atomics.load(words, TAKEN);
    const n = Math.min(numFrames, (Atomics.load(words, WRITTEN) - taken) | 0);
    for (let i = 0; i < n; i++) out[i] = frames[(taken + i) & mask]!;
    Atomics.store(words, TAKEN, (taken + n) | 0);
    return n;
  }

  /** Until the writer has obeyed, reads give nothing. `heardFrames`: how many were read since the last reset. */
  requestReset(seed: number, heardFrames: number): void {
    this.isDropping = true;
    // Who has read nothing may come before the writer has obeyed the last reset, which asks for what was heard before that.
    if (heardFrames > 0) {
      Atomics.store(this.words, HEARD_LOW, heardFrames | 0);
      Atomics.store(this.words, HEARD_HIGH, Math.floor(heardFrames / 2 ** 32));
      Atomics.store(this.words, HEARD_GENERATION, this.wantedGeneration());
    }
    Atomics.store(this.words, RESET_SEED, seed | 0);
    Atomics.add(this.words, RESET_GENERATION, 1);
  }

  /** Until the writer has obeyed a reset, a short read is no xrun. */
  isResetting(): boolean {
    return this.isDropping;
  }

  /** Smoothed share of real time that stepping takes. */
  load(): number {
    return Atomics.load(this.words, LOAD_PER_MILLE) / 1000;
  }

  /** Copies what the writer's watchdog has counted. */
  takeRunaways(into: Record<RunawayCause, number>): void {
    for (let i = 0; i < RUNAWAY_CAUSES.length; i++) {
      into[RUNAWAY_CAUSES[i]!] = Atomics.load(this.words, RUNAWAYS + i);
    }
  }

  /** Frames of conditioning that the writer has not kept. */
  lost(): number {
    return Atomics.load(this.words, LOST);
  }

  /** The writer has failed: it writes no more. */
  hasEnded(): boolean {
    return Atomics.load(this.words, HAS_ENDED) === 1;
  }

  close(): void {
    Atomics.store(this.words, IS_CLOSING, 1);
  }

  private dropAfterReset(): boolean {
    const { words } = this;
    if (Atomics.load(words, RESET_DONE) !== Atomics.load(words, RESET_GENERATION)) return false;
    Atomics.store(words, TAKEN, Atomics.load(words, RESET_START));
    this.isDropping = false;
    return true;
  }

  // The writer's side.

  tellEnd(): void {
    Atomics.store(this.words, HAS_ENDED, 1);
  }

  isClosing(): boolean {
    return Atomics.load(this.words, IS_CLOSING) === 1;
  }

  /** Frames of a stream that was reset away do not count: the reader will never take them. */
  hasRoom(): boolean {
    const { words } = this;
    let from = Atomics.load(words, TAKEN);
    if (this.isAwaitingDrop) {
      const start = Atomics.load(words, RESET_START);
      if (((from - start) | 0) >= 0) this.isAwaitingDrop = false;
      else from = start;
    }
    const filled = (Atomics.load(words, WRITTEN) - from) | 0;
    return filled + this.subBlockFrames <= this.lookAheadFrames;
  }

  write(block: Float32Array): void {
    const { words, frames, mask } = this;
    const written = Atomics.load(words, WRITTEN);
    for (let i = 0; i < block.length; i++) frames[(written + i) & mask] = block[i]!;
    Atomics.store(words, WRITTEN, (written + block.length) | 0);
  }

  /** The generation that the reader last asked for; 0 before the first reset. */
  wantedGeneration(): number {
    return Atomics.load(this.words, RESET_GENERATION);
  }

  wantedSeed(): number {
    return Atomics.load(this.words, RESET_SEED) >>> 0;
  }

  /** How many frames were read of the stream of `generation`, when it is over. */
  heardFrames(generation: number): number {
    const { words } = this;
    if (Atomics.load(words, HEARD_GENERATION) !== generation) return 0;
    return Atomics.load(words, HEARD_HIGH) * 2 ** 32 + (Atomics.load(words, HEARD_LOW) >>> 0);
  }

  /** From here on the ring holds frames of the new stream. */
  confirmReset(generation: number): void {
    Atomics.store(this.words, RESET_START, Atomics.load(this.words, WRITTEN));
    Atomics.store(this.words, RESET_DONE, generation);
    this.isAwaitingDrop = true;
  }

  tellRunaways(counts: Readonly<Record<RunawayCause, number>>): void {
    for (let i = 0; i < RUNAWAY_CAUSES.length; i++) {
      Atomics.store(this.words, RUNAWAYS + i, counts[RUNAWAY_CAUSES[i]!]);
    }
  }

  tellLoad(load: number): void {
    Atomics.store(this.words, LOAD_PER_MILLE, Math.round(load * 1000));
  }

  /** That many more frames of conditioning were not kept. */
  tellLost(count: number): void {
    if (count > 0) Atomics.add(this.words, LOST, count);
  }

  sleep(ms: number): void {
    Atomics.wait(this.words, SLEEP, 0, ms);
  }
}

/** The stepping thread looks at the control values this often. */
function subBlock(lookAheadFrames: number): number {
  return Math.min(32, Math.max(16, Math.floor(lookAheadFrames / 64) * 16));
}

/** Room for the look-ahead and one block more, as a power of two. */
function ringSize(lookAheadFrames: number): number {
  let size = 64;
  while (size < lookAheadFrames + 32) size *= 2;
  return size;
}
