import { damaged } from '../limits.js';
import { bitsOf, type PacketBits } from './packet-bits.js';

/** Codes up to this length are looked up at once. */
const FAST_BITS = 10;
/** Far beyond what encoders write; more is a trap for memory. */
const MOST_ENTRIES = 1 << 18;
const MOST_VALUES = 1 << 22;

/** A Huffman code for whole numbers, each of which may stand for a vector. */
export class Codebook {
  readonly dimensions: number;
  readonly entries: number;
  /** (entries, dimensions); undefined for one that codes numbers only. */
  readonly vectors: Float32Array | undefined;
  /** Two children for each node: another node, or -1 - entry; 0 where there is none. */
  readonly #tree: Int32Array;
  /** By the next bits: entry * 64 + length of its code, or -1. */
  readonly #fast = new Int32Array(1 << FAST_BITS).fill(-1);

  constructor(bits: PacketBits) {
    if (bits.take(24) !== 0x564342) throw damaged('A codebook of its setup is damaged.');
    this.dimensions = bits.take(16);
    this.entries = bits.take(24);
    if (this.entries > MOST_ENTRIES || this.entries === 0 || this.dimensions === 0) {
      throw damaged(`A codebook of ${this.entries} entries is no good.`);
    }
    const lengths = readLengths(bits, this.entries);
    this.#tree = this.#plant(lengths);
    this.vectors = this.#readVectors(bits);
    if (bits.isOver) throw damaged('Its setup is cut short.');
  }

  /** The next number; -1 where the packet is over or the code is none. */
  decode(bits: PacketBits): number {
    const fast = this.#fast[bits.peek(FAST_BITS)]!;
    if (fast >= 0) {
      bits.skip(fast & 63);
      return bits.isOver ? -1 : fast >> 6;
    }
    let node = 0;
    for (let depth = 0; depth < 32; depth++) {
      const next = this.#tree[2 * node + bits.take(1)]!;
      if (next === 0 || bits.isOver) return -1;
      if (next < 0) return -1 - next;
      node = next;
    }
    return -1;
  }

  /** Each code is the lowest that is free at its length. */
  #plant(lengths: Uint8Array): Int32Array {
    const used = lengths.reduce((count, length) => count + (length > 0 ? 1 : 0), 0);
    const most = lengths.reduce((sum, length) => sum + length, 0) + 2;
    const tree = new Int32Array(2 * Math.min(most, 2 * used + 2048));
    const free = new Uint32Array(34);
    let nodes = 1;
    for (let entry = 0; entry < this.entries; entry++) {
      const length = lengths[entry]!;
      if (length === 0) continue;
      const code = takeCode(free, length);
      let node = 0;
      let turned = 0;
      for (let depth = 0; depth < length; depth++) {
        const bit = (code >>> (length - 1 - depth)) & 1;
        if (depth < FAST_BITS) turned |= bit << depth;
        const at = 2 * node + bit;
        if (depth === length - 1) tree[at] = -1 - entry;
        else {
          if (tree[at] === 0) tree[at] = nodes++;
          node = tree[at]!;
          if (node < 0 || 2 * node + 1 >= tree.length) throw damaged('A codebook of its setup is damaged.');
        }
      }
      if (length > FAST_BITS) continue;
      for (let i = turned; i < 1 << FAST_BITS; i += 1 << length) this.#fast[i] = entry * 64 + length;
    }
    return tree;
  }

  #readVectors(bits: PacketBits): Float32Array | undefined {
    const type = bits.take(4);
    if (type === 0) return undefined;
    const { entries, dimensions } = this;
    const total = entries * dimensions;
    if (type > 2 || total > MOST_VALUES) throw damaged('A codebook of its setup is damaged.');
    const least = unpackFloat(bits.take(32));
    const delta = unpackFloat(bits.take(32));
    const width = bits.take(4) + 1;
    const isSummed = bits.take(1) === 1;
    const count = type === 1 ? rootOf(entries, dimensions) : total;
    const steps = Float64Array.from({ length: count }, () => bits.take(width));
    const vectors = new Float32Array(total);
    for (let entry = 0; entry < entries; entry++) {
      let last = 0;
      let divisor = 1;
      for (let d = 0; d < dimensions; d++) {
        const at = type === 1 ? Math.floor(entry / divisor) % count : entry * dimensions + d;
        const value = steps[at]! * delta + least + last;
        vectors[entry * dimensions + d] = value;
        if (isSummed) last = value;
        divisor *= count;
      }
    }
    return vectors;
  }
}

function readLengths(bits: PacketBits, entries: number): Uint8Array {
  const lengths = new Uint8Array(entries);
  if (bits.take(1) === 0) {
    const isSparse = bits.take(1) === 1;
    for (let i = 0; i < entries && !bits.isOver; i++) {
      if (!isSparse || bits.take(1) === 1) lengths[i] = bits.take(5) + 1;
    }
    return lengths;
  }
  let length = bits.take(5) + 1;
  for (let i = 0; i < entries; length++) {
    const count = bits.take(bitsOf(entries - i));
    if (i + count > entries || length > 32 || bits.isOver) {
      throw damaged('A codebook of its setup is damaged.');
    }
    lengths.fill(length, i, i + count);
    i += count;
  }
  return lengths;
}

/** `free[n]` is the lowest code of n bits that is free; takes that of `length` and what hangs on it. */
function takeCode(free: Uint32Array, length: number): number {
  const code = free[length]!;
  if (length < 32 && code >>> length !== 0) throw damaged('A codebook of its setup has too many codes.');
  for (let n = length; n > 0; n--) {
    if (free[n]! & 1) {
      if (n === 1) free[1] = free[1]! + 1;
      else free[n] = free[n - 1]! << 1;
      break;
    }
    free[n] = free[n]! + 1;
  }
  let above = code;
  for (let n = length + 1; n <= 32; n++) {
    if (free[n]! >>> 1 !== above) break;
    above = free[n]!;
    free[n] = free[n - 1]! << 1;
  }
  return code;
}

/** The most values per dimension of which there are no more than `entries` combinations. */
function rootOf(entries: number, dimensions: number): number {
  let root = Math.floor(entries ** (1 / dimensions));
  while ((root + 1) ** dimensions <= entries) root++;
  while (root > 1 && root ** dimensions > entries) root--;
  return root;
}

function unpackFloat(word: number): number {
  const mantissa = word & 0x1fffff;
  const exponent = (word >>> 21) & 0x3ff;
  return (word & 0x80000000 ? -mantissa : mantissa) * 2 ** (exponent - 788);
}
