import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AudioFileError } from './errors.js';

/** Read at once; what decoders ask for in one piece is seldom more. */
const WINDOW_BYTES = 1 << 18;
/** No piece of a sane file is longer: a claim of more is not believed. */
const MOST_BYTES = 1 << 23;

/** Bytes at given places. */
export interface Bytes {
  /** Of all. */
  readonly size: number;
  /** `length` bytes from `at` on, fewer where the end is nearer. Borrowed until the next call. */
  read(at: number, length: number): Uint8Array;
}

/** A file, a window of which is in memory. Synchronous: for threads that may wait. */
export class FileBytes implements Bytes {
  readonly size: number;
  readonly #descriptor: number;
  #window = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #filled = 0;

  /** Throws AUDIO_FILE_READ, also for folders, pipes and devices, which may never end. */
  constructor(path: string) {
    try {
      // Without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever.
      this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      throw new AudioFileError('AUDIO_FILE_READ', `${path} cannot be opened: ${wordsOf(cause)}.`, { cause });
    }
    const stat = fstatSync(this.#descriptor);
    this.size = stat.size;
    if (stat.isFile()) return;
    closeSync(this.#descriptor);
    throw new AudioFileError('AUDIO_FILE_READ', `${path} is a folder, a pipe or a device; expected a file.`);
  }

  read(at: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, MOST_BYTES, this.size - at));
    if (wanted === 0 || at < 0) return this.#window.subarray(0, 0);
    if (at < this.#start || at + wanted > this.#start + this.#filled) this.#fill(at, wanted);
    const from = at - this.#start;
    return this.#window.subarray(from, Math.min(from + wanted, this.#filled));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(at: number, wanted: number): void {
    if (wanted > this.#window.length) this.#window = new Uint8Array(wanted);
    this.#start = at;
    this.#filled = 0;
    while (this.#filled < this.#window.length) {
      const room = this.#window.length - this.#filled;
      const count = readSync(this.#descriptor, this.#window, this.#filled, room, at + this.#filled);
      if (count === 0) break;
      this.#filled += count;
    }
  }
}

/** Four characters, as most formats name their parts. */
export function tagAt(bytes: Uint8Array, at = 0): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
