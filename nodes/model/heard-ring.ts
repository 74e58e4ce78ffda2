import type { AudioBlock } from '../../graph/index.js';

/** Of sound that a model can be asked to take in. */
export const MOST_HEARD_SECONDS = 30;
/** What is written while somebody is on the way to read it. */
const SPARE_SECONDS = 8;
const HEADER_BYTES = 64;

/** A stretch of a ring that is still being written: for another thread, soon. */
export interface HeardStretch {
  readonly memory: SharedArrayBuffer;
  /** Hz. */
  readonly sampleRate: number;
  /** Frame after the last, modulo 2^32. */
  readonly endFrame: number;
  readonly numFrames: number;
}

/**
 * The last seconds of a sound, the mean of its channels, in memory that other threads can read. The audio thread writes and
 * nothing is allocated after construction: 8 MB at 48 kHz.
 */
export class HeardRing {
  readonly #memory: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #samples: Float32Array;
  readonly #sampleRate: number;
  #heardFrames = 0;

  constructor(sampleRate: number) {
    const capacity = 2 ** Math.ceil(Math.log2((MOST_HEARD_SECONDS + SPARE_SECONDS) * sampleRate));
    this.#memory = new SharedArrayBuffer(HEADER_BYTES + 4 * capacity);
    this.#head = headOf(this.#memory);
    this.#samples = samplesOf(this.#memory);
    this.#sampleRate = sampleRate;
  }

  write({ channels }: AudioBlock, numFrames: number): void {
    const samples = this.#samples;
    const mask = samples.length - 1;
    const head = this.#head[0]!;
    const share = 1 / channels.length;
    for (let i = 0; i < numFrames; i++) {
      let sum = 0;
      for (let c = 0; c < channels.length; c++) sum += channels[c]![i]!;
      samples[(head + i) & mask] = sum * share;
    }
    Atomics.store(this.#head, 0, (head + numFrames) | 0);
    this.#heardFrames = Math.min(this.#heardFrames + numFrames, MOST_HEARD_SECONDS * this.#sampleRate);
  }

  /** The last `seconds`, or as much as there was. */
  last(seconds: number): HeardStretch {
    return {
      memory: this.#memory,
      sampleRate: this.#sampleRate,
      endFrame: this.#head[0]!,
      numFrames: Math.min(Math.round(seconds * this.#sampleRate), this.#heardFrames),
    };
  }
}

/** A copy, for the other thread; undefined where it came so late that some of it is written over. */
export function copyHeard({ memory, endFrame, numFrames }: HeardStretch): Float32Array | undefined {
  const samples = samplesOf(memory);
  const copy = new Float32Array(numFrames);
  for (let i = 0; i < numFrames; i++) {
    copy[i] = samples[(endFrame - numFrames + i) & (samples.length - 1)]!;
  }
  const since = (Atomics.load(headOf(memory), 0) - endFrame) | 0;
  // A block that is being written is not counted yet: none is as long as a 64th of the ring.
  return since >= 0 && since + numFrames < samples.length - samples.length / 64 ? copy : undefined;
}

function headOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, 1);
}

function samplesOf(memory: SharedArrayBuffer): Float32Array {
  return new Float32Array(memory, HEADER_BYTES);
}
