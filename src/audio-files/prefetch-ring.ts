/**
 * Sound on its way from the thread that decodes it to the thread that plays it: one writer, one reader, memory of both.
 * A seek begins another generation: until the writer has taken it up, the reader finds nothing.
 */

const WORDS = {
  /** Frames written and read in this generation, modulo 2^32. */
  written: 0,
  read: 1,
  /** Generation that the reader wants, and the one that is in the ring. */
  wanted: 2,
  held: 3,
  /** 1 when the last frame of the generation is written. */
  isEnded: 4,
  /** 1 when the reader is done, 2 when the writer has failed. */
  isOver: 5,
  /** Changes whenever the reader, or the writer, has done something that the other may wait for. */
  readerMoved: 6,
  writerMoved: 7,
} as const;
const HEADER_BYTES = 64;
/** Of the header, where the second to seek to is. */
const SEEK_AT = 48;

export interface RingMemory {
  readonly buffer: SharedArrayBuffer;
  readonly channels: number;
  /** A power of two. */
  readonly capacityFrames: number;
}

export function createRingMemory(channels: number, leastFrames: number): RingMemory {
  const capacityFrames = 2 ** Math.ceil(Math.log2(leastFrames));
  const buffer = new SharedArrayBuffer(HEADER_BYTES + 4 * channels * capacityFrames);
  return { buffer, channels, capacityFrames };
}

abstract class RingEnd {
  protected readonly words: Int32Array;
  protected readonly seekSeconds: Float64Array;
  protected readonly data: readonly Float32Array[];
  protected readonly capacity: number;

  constructor({ buffer, channels, capacityFrames }: RingMemory) {
    this.words = new Int32Array(buffer, 0, 12);
    this.seekSeconds = new Float64Array(buffer, SEEK_AT, 1);
    this.capacity = capacityFrames;
    this.data = Array.from(
      { length: channels },
      (_, c) => new Float32Array(buffer, HEADER_BYTES + 4 * c * capacityFrames, capacityFrames),
    );
  }

  protected filled(): number {
    return (Atomics.load(this.words, WORDS.written) - Atomics.load(this.words, WORDS.read)) | 0;
  }

  protected tell(word: number): void {
    Atomics.add(this.words, word, 1);
    Atomics.notify(this.words, word);
  }
}

/** For the thread that plays: but for `waitFor` nothing waits, and nothing allocates. */
export class RingReader extends RingEnd {
  /** Frames that are there. */
  get available(): number {
    return this.isCurrent() ? this.filled() : 0;
  }

  /** Whether what is there is the last of the file. */
  get isEnded(): boolean {
    return this.isCurrent() && Atomics.load(this.words, WORDS.isEnded) === 1;
  }

  get hasFailed(): boolean {
    return Atomics.load(this.words, WORDS.isOver) === 2;
  }

  /** Takes up to `numFrames` into `out[c][0..)`. */
  read(out: readonly Float32Array[], numFrames: number): number {
    const count = Math.min(numFrames, this.available);
    if (count <= 0) return 0;
    const from = Atomics.load(this.words, WORDS.read);
    const mask = this.capacity - 1;
    for (let c = 0; c < this.data.length; c++) {
      const data = this.data[c]!;
      const to = out[c]!;
      for (let i = 0; i < count; i++) to[i] = data[(from + i) & mask]!;
    }
    Atomics.store(this.words, WORDS.read, (from + count) | 0);
    // The writer sleeps only when the ring is full, and goes on when a quarter of it is free.
    if (this.filled() <= this.capacity * 0.75) this.tell(WORDS.readerMoved);
    return count;
  }

  seek(seconds: number): void {
    this.seekSeconds[0] = seconds;
    this.tell(WORDS.wanted);
    this.tell(WORDS.readerMoved);
  }

  /** Offline: sleeps until `numFrames` are there, or the end, or a failure; false after `limitMs` in which nothing came. */
  waitFor(numFrames: number, limitMs: number): boolean {
    for (;;) {
      const moved = Atomics.load(this.words, WORDS.writerMoved);
      if (this.available >= Math.min(numFrames, this.capacity / 2) || this.isEnded || this.hasFailed)
        return true;
      if (Atomics.wait(this.words, WORDS.writerMoved, moved, limitMs) === 'timed-out') return false;
    }
  }

  close(): void {
    Atomics.store(this.words, WORDS.isOver, 1);
    this.tell(WORDS.readerMoved);
  }

  private isCurrent(): boolean {
    return Atomics.load(this.words, WORDS.wanted) === Atomics.load(this.words, WORDS.held);
  }
}

/** For the thread that decodes, which may wait. */
export class RingWriter extends RingEnd {
  /** The second to which the reader wants to go, once; undefined when it does not. */
  takeSeek(): { readonly seconds: number; readonly generation: number } | undefined {
    const generation = Atomics.load(this.words, WORDS.wanted);
    if (generation === Atomics.load(this.words, WORDS.held)) return undefined;
    return { seconds: this.seekSeconds[0]!, generation };
  }

  /** What is written from here on belongs to this generation. */
  begin(generation: number): void {
    Atomics.store(this.words, WORDS.written, 0);
    Atomics.store(this.words, WORDS.read, 0);
    Atomics.store(this.words, WORDS.isEnded, 0);
    Atomics.store(this.words, WORDS.held, generation);
    this.tell(WORDS.writerMoved);
  }

  get isOver(): boolean {
    return Atomics.load(this.words, WORDS.isOver) !== 0;
  }

  get room(): number {
    return this.capacity - this.filled();
  }

  /** `numFrames`, for which there must be room. */
  write(from: readonly Float32Array[], numFrames: number): void {
    const at = Atomics.load(this.words, WORDS.written);
    const mask = this.capacity - 1;
    for (let c = 0; c < this.data.length; c++) {
      const data = this.data[c]!;
      for (let i = 0; i < numFrames; i++) data[(at + i) & mask] = from[c]![i]!;
    }
    Atomics.store(this.words, WORDS.written, (at + numFrames) | 0);
    this.tell(WORDS.writerMoved);
  }

  end(): void {
    Atomics.store(this.words, WORDS.isEnded, 1);
    this.tell(WORDS.writerMoved);
  }

  fail(): void {
    Atomics.store(this.words, WORDS.isOver, 2);
    this.tell(WORDS.writerMoved);
  }

  /** Sleeps until the reader has moved since `before`, or a second has passed. */
  sleep(before: number): void {
    Atomics.wait(this.words, WORDS.readerMoved, before, 1000);
  }

  /** To be looked at before deciding to sleep. */
  get moves(): number {
    return Atomics.load(this.words, WORDS.readerMoved);
  }
}
