/**
 * Sound on its way from the thread that captures to those that play: one writer that never waits, and any number of readers,
 * each with a place of its own. A reader that is held up for too long loses the oldest. Two channels.
 */

/** Frames written, modulo 2^32. */
const WRITTEN = 0;
const HEADER_BYTES = 64;
export const RING_CHANNELS = 2;

/** Room for at least `leastFrames`, and for as much that may be written meanwhile. */
export function createInputRing(leastFrames: number): SharedArrayBuffer {
  const capacity = 2 ** Math.ceil(Math.log2(2 * leastFrames));
  return new SharedArrayBuffer(HEADER_BYTES + 4 * RING_CHANNELS * capacity);
}

class RingView {
  readonly head: Int32Array;
  readonly data: readonly Float32Array[];
  readonly capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, 1);
    this.capacity = (memory.byteLength - HEADER_BYTES) / (4 * RING_CHANNELS);
    this.data = Array.from(
      { length: RING_CHANNELS },
      (_, c) => new Float32Array(memory, HEADER_BYTES + 4 * c * this.capacity, this.capacity),
    );
  }
}

/** For the thread that captures. */
export class InputRingWriter {
  readonly #ring: RingView;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingView(memory);
  }

  write(from: readonly Float32Array[], numFrames: number): void {
    const { head, data, capacity } = this.#ring;
    const written = Atomics.load(head, WRITTEN);
    for (let c = 0; c < RING_CHANNELS; c++) {
      const to = data[c]!;
      for (let i = 0; i < numFrames; i++) to[(written + i) & (capacity - 1)] = from[c]![i]!;
    }
    Atomics.store(head, WRITTEN, (written + numFrames) | 0);
  }
}

/** For the audio thread: neither waits nor allocates. It begins with what is written next. */
export class InputRingReader {
  readonly #ring: RingView;
  #position: number;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingView(memory);
    this.#position = Atomics.load(this.#ring.head, WRITTEN);
  }

  /** At most half of the ring: older frames are lost, so that none is written over while it is read. */
  get availableFrames(): number {
    const { head, capacity } = this.#ring;
    const written = Atomics.load(head, WRITTEN);
    const waiting = (written - this.#position) | 0;
    if (waiting >= 0 && waiting <= capacity / 2) return waiting;
    this.#position = (written - capacity / 2) | 0;
    return capacity / 2;
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    const count = Math.min(numFrames, this.availableFrames);
    const { data, capacity } = this.#ring;
    for (let c = 0; c < out.length; c++) {
      const from = data[c]!;
      const to = out[c]!;
      for (let i = 0; i < count; i++) to[i] = from[(this.#position + i) & (capacity - 1)]!;
    }
    this.#position = (this.#position + count) | 0;
    return count;
  }

  skip(numFrames: number): void {
    this.#position = (this.#position + Math.min(numFrames, this.availableFrames)) | 0;
  }
}
