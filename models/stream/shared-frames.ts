import type { ConditioningInput } from '../bundle/types.js';
import { keptFrames } from './planned-conditioning.js';

/** Places in the word table (int32) of an input. */
const WRITTEN = 0;
const TAKEN = 1;
const NUM_WORDS = 2;

/**
 * Conditioning frames on their way to a worker: per input a queue of single frames, each of which says that it holds from
 * its number on. One writer (the reader of the stream), one taker (the worker); both construct one over the same
 * buffer. No call waits or allocates. A full queue loses frames, but never the newest: that one follows as soon as there is room.
 */
export class SharedFrames {
  readonly buffer: SharedArrayBuffer;
  private readonly queues: readonly FrameQueue[];

  constructor(inputs: readonly ConditioningInput[], buffer?: SharedArrayBuffer) {
    const sizes = inputs.map((input) => ({ dim: input.dim, capacity: queueSize(keptFrames(input)) }));
    this.buffer = buffer ?? new SharedArrayBuffer(sizes.reduce((bytes, size) => bytes + queueBytes(size), 0));
    let at = 0;
    this.queues = sizes.map((size) => {
      const queue = new FrameQueue(this.buffer, at, size);
      at += queueBytes(size);
      return queue;
    });
  }

  /** Writer's side. `generation` counts the resets of the stream. All frames of a `word` are there at once. How many frames are lost by it, from now on or earlier. */
  post(
    input: number,
    generation: number,
    firstFrame: number,
    frames: Float32Array,
    numFrames: number,
    word = 0,
  ): number {
    return this.queues[input]?.post(generation, firstFrame, frames, numFrames, word) ?? 0;
  }

  /** Writer's side: whether a frame waits for room, or was lost to one that does. */
  get isBehind(): boolean {
    for (let i = 0; i < this.queues.length; i++) if (this.queues[i]!.isWaiting) return true;
    return false;
  }

  /** Writer's side: sends what found no room before. */
  flush(): void {
    for (let i = 0; i < this.queues.length; i++) this.queues[i]!.flush();
  }

  /** Writer's side: what found no room is of a stream that is no more. */
  forget(): void {
    for (let i = 0; i < this.queues.length; i++) this.queues[i]!.forget();
  }

  /** Taker's side: hands every frame of `generation` over and drops those of earlier ones; later ones wait. */
  take(
    generation: number,
    each: (input: number, frame: number, row: Float32Array, word: number) => void,
  ): void {
    for (let i = 0; i < this.queues.length; i++) this.queues[i]!.take(generation, i, each);
  }
}

interface QueueSize {
  readonly dim: number;
  /** Frames, a power of two: positions may wrap. */
  readonly capacity: number;
}

class FrameQueue {
  private readonly words: Int32Array;
  private readonly generations: Int32Array;
  private readonly said: Int32Array;
  private readonly numbers: Float64Array;
  private readonly rows: Float32Array;
  private readonly dim: number;
  private readonly capacity: number;
  /** Writer's: the newest frame that found no room. */
  private readonly waiting: Float32Array;
  private waitingNumber = 0;
  private waitingGeneration = 0;
  private waitingWord = 0;
  isWaiting = false;
  /** Writer's: one beyond the last frame written, told or not. */
  private staged = 0;
  /** Taker's: the frame that is handed over. */
  private readonly row: Float32Array;

  constructor(buffer: SharedArrayBuffer, at: number, { dim, capacity }: QueueSize) {
    this.dim = dim;
    this.capacity = capacity;
    this.numbers = new Float64Array(buffer, at, capacity);
    this.words = new Int32Array(buffer, at + capacity * 8, NUM_WORDS);
    this.generations = new Int32Array(buffer, at + capacity * 8 + NUM_WORDS * 4, capacity);
    this.said = new Int32Array(buffer, at + capacity * 12 + NUM_WORDS * 4, capacity);
    this.rows = new Float32Array(buffer, at + capacity * 16 + NUM_WORDS * 4, capacity * dim);
    this.waiting = new Float32Array(dim);
    this.row = new Float32Array(dim);
  }

  post(
    generation: number,
    firstFrame: number,
    frames: Float32Array,
    numFrames: number,
    word: number,
  ): number {
    const { dim, waiting } = this;
    const count = Math.min(numFrames, Math.floor(frames.length / dim));
    let lost = 0;
    for (let k = 0; k < count; k++) {
      if (this.isWaiting) this.flush();
      if (!this.isWaiting && this.push(generation, firstFrame + k, frames, k * dim, word)) continue;
      if (this.isWaiting) lost++;
      this.isWaiting = true;
      this.waitingGeneration = generation;
      this.waitingWord = word;
      this.waitingNumber = firstFrame + k;
      for (let j = 0; j < dim; j++) waiting[j] = frames[k * dim + j]!;
    }
    this.publish();
    return lost;
  }

  flush(): void {
    const { waitingGeneration, waitingNumber, waiting, waitingWord } = this;
    if (!this.isWaiting || !this.push(waitingGeneration, waitingNumber, waiting, 0, waitingWord)) return;
    this.isWaiting = false;
    this.publish();
  }

  forget(): void {
    this.isWaiting = false;
  }

  take(
    generation: number,
    input: number,
    each: (input: number, frame: number, row: Float32Array, word: number) => void,
  ): void {
    const { words, generations, said, numbers, rows, row, dim, capacity } = this;
    const written = Atomics.load(words, WRITTEN);
    let taken = Atomics.load(words, TAKEN);
    for (; taken !== written; taken = (taken + 1) | 0) {
      const slot = taken & (capacity - 1);
      const age = (generations[slot]! - generation) | 0;
      if (age > 0) break;
      if (age < 0) continue;
      for (let j = 0; j < dim; j++) row[j] = rows[slot * dim + j]!;
      each(input, numbers[slot]!, row, said[slot]!);
    }
    Atomics.store(words, TAKEN, taken);
  }

  private publish(): void {
    Atomics.store(this.words, WRITTEN, this.staged);
  }

  private push(generation: number, frame: number, frames: Float32Array, at: number, word: number): boolean {
    const { words, rows, dim, capacity } = this;
    if (((this.staged - Atomics.load(words, TAKEN)) | 0) >= capacity) return false;
    const slot = this.staged & (capacity - 1);
    this.said[slot] = word;
    this.generations[slot] = generation;
    this.numbers[slot] = frame;
    for (let j = 0; j < dim; j++) rows[slot * dim + j] = frames[at + j]!;
    this.staged = (this.staged + 1) | 0;
    return true;
  }
}

function queueSize(frames: number): number {
  let size = 64;
  while (size < frames) size *= 2;
  return size;
}

/** A multiple of 8, so that the next queue is aligned. */
function queueBytes({ dim, capacity }: QueueSize): number {
  return capacity * 16 + NUM_WORDS * 4 + capacity * dim * 4;
}
