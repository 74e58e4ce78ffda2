import { AudioFileError } from '../errors.js';
import { damaged } from '../limits.js';
import type { Codebook } from './codebook.js';
import { bitsOf, type PacketBits } from './packet-bits.js';

const MOST_POINTS = 65;
const RANGES = [256, 128, 86, 64] as const;
/** The heights of a floor are 140/256 dB apart, the highest is 0 dB. */
const AMPLITUDES = Float64Array.from({ length: 256 }, (_, i) => 10 ** (((i - 255) * 140) / 256 / 20));

interface PartitionClass {
  readonly dimensions: number;
  readonly subclassBits: number;
  readonly masterBook: number;
  readonly books: readonly number[];
}

/** The rough shape of a spectrum, as a line through points (type 1 of the format; no encoder writes type 0). */
export class Floor {
  readonly #classes: PartitionClass[] = [];
  readonly #partitions: readonly number[];
  readonly #multiplier: number;
  readonly #x: number[];
  /** Indices of the points from left to right. */
  readonly #order: number[];
  /** Of each point from the third on: those of its nearest neighbours among the points before it. */
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  readonly #y = new Int32Array(MOST_POINTS);
  readonly #final = new Int32Array(MOST_POINTS);
  readonly #isUsed = new Uint8Array(MOST_POINTS);

  constructor(bits: PacketBits, books: readonly Codebook[]) {
    const type = bits.take(16);
    if (type === 0) {
      throw new AudioFileError('AUDIO_FILE_UNSUPPORTED', 'It has a floor of type 0, which is not read here.');
    }
    if (type !== 1) throw damaged('Its setup has a floor of no known type.');
    const known = (book: number): number => {
      if (book >= books.length) throw damaged('Its setup names a codebook that is not there.');
      return book;
    };
    this.#partitions = Array.from({ length: bits.take(5) }, () => bits.take(4));
    const numClasses = this.#partitions.reduce((most, index) => Math.max(most, index + 1), 0);
    for (let i = 0; i < numClasses; i++) {
      const dimensions = bits.take(3) + 1;
      const subclassBits = bits.take(2);
      const masterBook = subclassBits > 0 ? known(bits.take(8)) : -1;
      const subBooks = Array.from({ length: 1 << subclassBits }, () => known(bits.take(8) - 1));
      this.#classes.push({ dimensions, subclassBits, masterBook, books: subBooks });
    }
    this.#multiplier = bits.take(2) + 1;
    const rangeBits = bits.take(4);
    this.#x = [0, 1 << rangeBits];
    for (const index of this.#partitions) {
      for (let d = 0; d < this.#classes[index]!.dimensions; d++) this.#x.push(bits.take(rangeBits));
    }
    if (this.#x.length > MOST_POINTS || new Set(this.#x).size < this.#x.length) {
      throw damaged('Its setup has a floor with points one above the other.');
    }
    this.#order = this.#x.map((_, i) => i).sort((a, b) => this.#x[a]! - this.#x[b]!);
    for (let i = 2; i < this.#x.length; i++) {
      const before = this.#x.slice(0, i).map((_, k) => k);
      const left = before.filter((k) => this.#x[k]! < this.#x[i]!);
      const right = before.filter((k) => this.#x[k]! > this.#x[i]!);
      this.#low[i] = left.reduce((a, b) => (this.#x[b]! > this.#x[a]! ? b : a));
      this.#high[i] = right.reduce((a, b) => (this.#x[b]! < this.#x[a]! ? b : a));
    }
  }

  /** Multiplies nothing yet: fills `curve` (size); false where the channel is silent in this packet. */
  decode(bits: PacketBits, books: readonly Codebook[], curve: Float64Array, size: number): boolean {
    if (bits.take(1) === 0) return false;
    const range = RANGES[this.#multiplier - 1]!;
    const y = this.#y;
    y[0] = bits.take(bitsOf(range - 1));
    y[1] = bits.take(bitsOf(range - 1));
    let at = 2;
    for (const index of this.#partitions) {
      const { dimensions, subclassBits, masterBook, books: subBooks } = this.#classes[index]!;
      let choice = masterBook < 0 ? 0 : books[masterBook]!.decode(bits);
      if (choice < 0) return false;
      for (let d = 0; d < dimensions; d++) {
        const book = subBooks[choice & ((1 << subclassBits) - 1)]!;
        choice >>= subclassBits;
        const value = book < 0 ? 0 : books[book]!.decode(bits);
        if (value < 0) return false;
        y[at++] = value;
      }
    }
    if (bits.isOver) return false;
    this.#unwrap(range);
    this.#draw(curve, size);
    return true;
  }

  /** From differences to heights. */
  #unwrap(range: number): void {
    const x = this.#x;
    const final = this.#final;
    const isUsed = this.#isUsed;
    final[0] = this.#y[0]!;
    final[1] = this.#y[1]!;
    isUsed[0] = isUsed[1] = 1;
    for (let i = 2; i < x.length; i++) {
      const low = this.#low[i]!;
      const high = this.#high[i]!;
      const predicted = pointOn(x[low]!, final[low]!, x[high]!, final[high]!, x[i]!);
      const value = this.#y[i]!;
      isUsed[i] = value === 0 ? 0 : 1;
      if (value === 0) {
        final[i] = predicted;
        continue;
      }
      isUsed[low] = isUsed[high] = 1;
      const above = range - predicted;
      const below = predicted;
      if (value >= 2 * Math.min(above, below)) {
        final[i] = above > below ? value - below + predicted : predicted - value + above - 1;
      } else final[i] = value & 1 ? predicted - (value + 1) / 2 : predicted + value / 2;
    }
  }

  #draw(curve: Float64Array, size: number): void {
    let lastX = 0;
    let lastY = this.#final[0]! * this.#multiplier;
    for (let k = 1; k < this.#order.length; k++) {
      const i = this.#order[k]!;
      if (this.#isUsed[i] === 0) continue;
      const y = this.#final[i]! * this.#multiplier;
      drawLine(lastX, lastY, this.#x[i]!, y, curve, size);
      lastX = this.#x[i]!;
      lastY = y;
    }
    for (let i = lastX; i < size; i++) curve[i] = heightOf(lastY);
  }
}

function heightOf(y: number): number {
  return AMPLITUDES[y < 0 ? 0 : y > 255 ? 255 : y]!;
}

function pointOn(x0: number, y0: number, x1: number, y1: number, x: number): number {
  const rise = y1 - y0;
  const offset = Math.floor((Math.abs(rise) * (x - x0)) / (x1 - x0));
  return rise < 0 ? y0 - offset : y0 + offset;
}

/** A line of whole steps, as the format wants it to the bit, up to before x1. */
function drawLine(x0: number, y0: number, x1: number, y1: number, curve: Float64Array, size: number): void {
  const width = x1 - x0;
  const rise = y1 - y0;
  const base = Math.trunc(rise / width);
  const rest = Math.abs(rise) - Math.abs(base) * width;
  const end = Math.min(x1, size);
  let y = y0;
  let error = 0;
  for (let x = x0; x < end; x++) {
    curve[x] = heightOf(y);
    error += rest;
    y += base;
    if (error < width) continue;
    error -= width;
    y += rise < 0 ? -1 : 1;
  }
}
