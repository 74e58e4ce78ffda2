/**
 * Params on their way to the audio thread, by number, in shared memory: one writer, one reader, nobody waits and nobody allocates.
 *
 * Beside it goes a message port, for everything that is no number: names of params, actions, what did not fit. Each record tells
 * how many items went through the port before it, so the reader puts both back into the one order in which they were said.
 */

/** Positions are 32-bit counts that wrap; capacities that are powers of two make the wrap unnoticed. A cache line for each side. */
const WRITTEN = 0;
const READ = 16;
const ITEMS_TAKEN = 17;
const HEAD_WORDS = 32;

/** A record: three doubles, then two 32-bit words. */
const FRAME = 0;
const VALUE = 1;
const RAMP_MS = 2;
const NUMBER = 6;
const ITEMS_BEFORE = 7;
const RECORD_DOUBLES = 4;
const RECORD_WORDS = 8;

/** A fifth of a second at 20,000 messages a second. */
export const PARAM_RING_RECORDS = 4096;
/** Params that have a number at a time; one more takes that of the one that got its number first. */
export const MAX_PARAM_NUMBERS = 4096;

/** Goes through the port: which param a number means in the records after it. */
export interface ParamName {
  readonly number: number;
  readonly nodeId: string;
  readonly name: string;
}

export interface ParamRecord {
  /** Engine frame at which it applies; 0: at the next tick. */
  frame: number;
  number: number;
  value: number;
  /** NaN: as the param declares. */
  rampMs: number;
  /** Items that went through the port before it; a 32-bit count that wraps. */
  itemsBefore: number;
}

/** `records` is a power of two. */
export function createParamRing(records = PARAM_RING_RECORDS): SharedArrayBuffer {
  if (!Number.isInteger(Math.log2(records)))
    throw new RangeError(`expected a power of two but received ${records}`);
  return new SharedArrayBuffer(HEAD_WORDS * 4 + records * RECORD_DOUBLES * 8);
}

class ParamRing {
  protected readonly words: Int32Array;
  protected readonly doubles: Float64Array;
  readonly capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory, HEAD_WORDS * 4);
    this.capacity = this.doubles.length / RECORD_DOUBLES;
  }

  /** Where the doubles of the record at a position begin. */
  protected doubleAt(position: number): number {
    return (position & (this.capacity - 1)) * RECORD_DOUBLES;
  }

  /** Where its words begin. */
  protected wordAt(position: number): number {
    return HEAD_WORDS + (position & (this.capacity - 1)) * RECORD_WORDS;
  }
}

export class ParamRingWriter extends ParamRing {
  /** False when it is full: then nothing has changed. */
  write(frame: number, number: number, value: number, rampMs: number, itemsBefore: number): boolean {
    const written = Atomics.load(this.words, WRITTEN);
    if (((written - Atomics.load(this.words, READ)) | 0) >= this.capacity) return false;
    const double = this.doubleAt(written);
    const word = this.wordAt(written);
    this.doubles[double + FRAME] = frame;
    this.doubles[double + VALUE] = value;
    this.doubles[double + RAMP_MS] = rampMs;
    this.words[word + NUMBER] = number;
    this.words[word + ITEMS_BEFORE] = itemsBefore;
    // Whoever sees this count sees the record.
    Atomics.store(this.words, WRITTEN, (written + 1) | 0);
    return true;
  }

  /** Items of the port that the reader has taken; a 32-bit count that wraps. */
  get itemsTaken(): number {
    return Atomics.load(this.words, ITEMS_TAKEN);
  }
}

export class ParamRingReader extends ParamRing {
  /** The oldest record, written into `out`; false when there is none. It stays until `drop`. */
  peek(out: ParamRecord): boolean {
    const read = Atomics.load(this.words, READ);
    if (Atomics.load(this.words, WRITTEN) === read) return false;
    const double = this.doubleAt(read);
    const word = this.wordAt(read);
    out.frame = this.doubles[double + FRAME]!;
    out.value = this.doubles[double + VALUE]!;
    out.rampMs = this.doubles[double + RAMP_MS]!;
    out.number = this.words[word + NUMBER]!;
    out.itemsBefore = this.words[word + ITEMS_BEFORE]!;
    return true;
  }

  /** Makes room of the record that was peeked at. */
  drop(): void {
    Atomics.store(this.words, READ, (Atomics.load(this.words, READ) + 1) | 0);
  }

  /** Tells the writer. */
  setItemsTaken(count: number): void {
    Atomics.store(this.words, ITEMS_TAKEN, count);
  }
}
