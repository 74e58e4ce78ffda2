/** Places in the word table (int32). */
const WRITTEN = 0;
const TAKEN = 1;
const WORD_BYTES = 64;

/**
 * Records of a few numbers each, from one thread to another: one writer, one taker; both construct one over the same buffer. No call
 * waits or allocates.
 */
export class NumberQueue {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;

  /** `capacity`, in records, is a power of two: positions may wrap. */
  constructor(
    private readonly numbersPerRecord: number,
    private readonly capacity: number,
    buffer?: SharedArrayBuffer,
  ) {
    this.buffer = buffer ?? new SharedArrayBuffer(WORD_BYTES + 8 * numbersPerRecord * capacity);
    this.words = new Int32Array(this.buffer, 0, WORD_BYTES / 4);
    this.numbers = new Float64Array(this.buffer, WORD_BYTES, numbersPerRecord * capacity);
  }

  /** Writer. Copies; false, and nothing is written, when there is no room. */
  push(record: Float64Array): boolean {
    const { words, numbers, numbersPerRecord, capacity } = this;
    const written = Atomics.load(words, WRITTEN);
    if (((written - Atomics.load(words, TAKEN)) | 0) >= capacity) return false;
    const at = (written & (capacity - 1)) * numbersPerRecord;
    for (let i = 0; i < numbersPerRecord; i++) numbers[at + i] = record[i]!;
    Atomics.store(words, WRITTEN, (written + 1) | 0);
    return true;
  }

  /** Taker. Copies the oldest record, which stays until `pop`; false without one. */
  peek(into: Float64Array): boolean {
    const { words, numbers, numbersPerRecord, capacity } = this;
    const taken = Atomics.load(words, TAKEN);
    if (taken === Atomics.load(words, WRITTEN)) return false;
    const at = (taken & (capacity - 1)) * numbersPerRecord;
    for (let i = 0; i < numbersPerRecord; i++) into[i] = numbers[at + i]!;
    return true;
  }

  /** Taker. */
  pop(): void {
    Atomics.store(this.words, TAKEN, (Atomics.load(this.words, TAKEN) + 1) | 0);
  }
}
