import { damaged } from '../limits.js';
import type { Codebook } from './codebook.js';
import type { PacketBits } from './packet-bits.js';

const MOST_PASSES = 8;

/** What a floor leaves over: vectors of several codebooks, one on top of the other. */
export class Residue {
  readonly #type: number;
  readonly #begin: number;
  readonly #end: number;
  readonly #partitionSize: number;
  readonly #numClasses: number;
  readonly #classBook: number;
  /** (class, pass): a codebook, or -1. */
  readonly #books: number[][] = [];
  #classes = new Uint8Array(0);

  constructor(bits: PacketBits, books: readonly Codebook[]) {
    this.#type = bits.take(16);
    if (this.#type > 2) throw damaged('Its setup has a residue of no known type.');
    this.#begin = bits.take(24);
    this.#end = bits.take(24);
    this.#partitionSize = bits.take(24) + 1;
    this.#numClasses = bits.take(6) + 1;
    this.#classBook = bits.take(8);
    const passes = Array.from({ length: this.#numClasses }, () => {
      const low = bits.take(3);
      return bits.take(1) === 1 ? bits.take(5) * 8 + low : low;
    });
    for (const mask of passes) {
      this.#books.push(
        Array.from({ length: MOST_PASSES }, (_, pass) => ((mask >> pass) & 1 ? bits.take(8) : -1)),
      );
    }
    const named = [this.#classBook, ...this.#books.flat().filter((book) => book >= 0)];
    const isKnown = named.every((book) => book < books.length);
    const haveVectors = this.#books.flat().every((book) => book < 0 || books[book]?.vectors !== undefined);
    if (!isKnown || !haveVectors) throw damaged('Its setup names a codebook that is not there.');
  }

  /** Adds to `spectra[c]` (size), which are zero before; those of `isSilent` channels are left out. */
  decode(
    bits: PacketBits,
    books: readonly Codebook[],
    spectra: readonly Float64Array[],
    isSilent: readonly boolean[],
    size: number,
    scratch: Float64Array,
  ): void {
    if (isSilent.every(Boolean)) return;
    if (this.#type !== 2) {
      const audible = spectra.filter((_, c) => !isSilent[c]);
      this.#decodeVectors(bits, books, audible, size);
      return;
    }
    // All channels in turn are one vector.
    const n = spectra.length;
    const whole = scratch.subarray(0, size * n).fill(0);
    this.#decodeVectors(bits, books, [whole], size * n);
    for (let c = 0; c < n; c++) {
      const spectrum = spectra[c]!;
      for (let i = 0; i < size; i++) spectrum[i] = whole[i * n + c]!;
    }
  }

  #decodeVectors(
    bits: PacketBits,
    books: readonly Codebook[],
    vectors: readonly Float64Array[],
    size: number,
  ): void {
    const begin = Math.min(this.#begin, size);
    const end = Math.min(this.#end, size);
    const partitions = Math.floor((end - begin) / this.#partitionSize);
    if (partitions <= 0) return;
    const classBook = books[this.#classBook]!;
    const perWord = classBook.dimensions;
    const stride = partitions + perWord;
    if (this.#classes.length < stride * vectors.length)
      this.#classes = new Uint8Array(stride * vectors.length);
    const classes = this.#classes;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      for (let p = 0; p < partitions; ) {
        if (pass === 0) {
          for (let v = 0; v < vectors.length; v++) {
            let word = classBook.decode(bits);
            if (word < 0) return;
            for (let i = perWord - 1; i >= 0; i--) {
              classes[v * stride + p + i] = word % this.#numClasses;
              word = Math.floor(word / this.#numClasses);
            }
          }
        }
        for (let i = 0; i < perWord && p < partitions; i++, p++) {
          for (let v = 0; v < vectors.length; v++) {
            const index = this.#books[classes[v * stride + p]!]![pass]!;
            if (index < 0) continue;
            const at = begin + p * this.#partitionSize;
            if (!this.#addPartition(bits, books[index]!, vectors[v]!, at)) return;
          }
        }
      }
    }
  }

  /** False where the packet is over. */
  #addPartition(bits: PacketBits, book: Codebook, vector: Float64Array, at: number): boolean {
    const { dimensions } = book;
    const values = book.vectors!;
    const steps = Math.floor(this.#partitionSize / dimensions);
    for (let s = 0; s < steps; s++) {
      const entry = book.decode(bits);
      if (entry < 0) return false;
      for (let d = 0; d < dimensions; d++) {
        const i = this.#type === 0 ? at + s + d * steps : at + s * dimensions + d;
        vector[i] = vector[i]! + values[entry * dimensions + d]!;
      }
    }
    return true;
  }
}
