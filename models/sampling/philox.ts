/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw,
 * "Parallel Random Numbers: As Easy as 1, 2, 3" (SC11), section 4.3.
 *
 * Counter-based: the number of frame t depends on (seed, t) alone, so a voice that
 * is rolled back and stepped again draws the very same tokens, and nothing has to be stored.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Weyl increments of the key: the golden ratio and sqrt(3) - 1, in 32 bits. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 4294967296;

/** Upper 32 bits of the 64-bit product of two uint32, as uint32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each partial sum stays below 2^33, which a double holds exactly.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000)) >>> 0;
}

/**
 * The raw generator: one 128-bit block. `counter` (4) and `key` (2) are uint32 words,
 * `out` (4) receives the result. Allocates nothing; `out` may be `counter`.
 */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>, out: Uint32Array): void {
  let c0 = counter[0]! >>> 0;
  let c1 = counter[1]! >>> 0;
  let c2 = counter[2]! >>> 0;
  let c3 = counter[3]! >>> 0;
  let k0 = key[0]! >>> 0;
  let k1 = key[1]! >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Uniform numbers keyed by a seed and a frame index. */
export class FrameRandom {
  private readonly counter = new Uint32Array(4);
  private readonly key = new Uint32Array(2);
  private readonly block = new Uint32Array(4);

  /** `seed` is taken modulo 2^32. The key is (seed, 0). */
  constructor(seed: number) {
    this.reseed(seed);
  }

  reseed(seed: number): void {
    this.key[0] = seed >>> 0;
    this.key[1] = 0;
  }

  /**
   * The uniform number of one frame, in (0, 1): (word0 + 0.5) / 2^32 in float64,
   * where word0 is the first word of the block at counter (frame mod 2^32, frame div 2^32, 0, 0).
   */
  uniform(frame: number): number {
    this.counter[0] = frame >>> 0;
    this.counter[1] = Math.floor(frame / TWO_32);
    philox4x32(this.counter, this.key, this.block);
    return (this.block[0]! + 0.5) / TWO_32;
  }
}
