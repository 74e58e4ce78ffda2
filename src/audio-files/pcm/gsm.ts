/** GSM 06.10 full rate (ETSI EN 300 961), in the packing of WAV files: two frames of 160 samples in 65 bytes. */
import type { BlockCodec } from './fixed-blocks.js';

const BLOCK_BYTES = 65;
const FRAME = 160;
const SUBFRAME = 40;
const HISTORY = 120;

/** Bits of the eight log-area ratios, and what they stand for. */
const RATIO_BITS = [6, 6, 5, 5, 4, 4, 3, 3];
const RATIO_OFFSET = [0, 0, 2048, -2560, 94, -1792, -341, -1144];
const RATIO_SCALE = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
/** Gains of the long-term predictor, and of the pulses. */
const LONG_GAIN = [3277, 11_469, 21_299, 32_767];
const PULSE_GAIN = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];

export function gsm(): BlockCodec {
  let decoder = new GsmDecoder();
  return {
    blockBytes: BLOCK_BYTES,
    blockFrames: 2 * FRAME,
    // Filters remember: after a few blocks nothing is left of where they began.
    warmUpBlocks: 16,
    restart() {
      decoder = new GsmDecoder();
    },
    decode(block, [out]) {
      if (block.length < BLOCK_BYTES) return 0;
      const bits = new LowFirstBits(block);
      decoder.frame(bits, out!, 0);
      decoder.frame(bits, out!, FRAME);
      return 2 * FRAME;
    },
  };
}

class LowFirstBits {
  #at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      value |= ((this.bytes[this.#at >> 3]! >> (this.#at & 7)) & 1) << i;
    }
    return value;
  }
}

class GsmDecoder {
  /** The residual, the last 120 frames before this subframe first. */
  readonly #residual = new Int32Array(HISTORY + SUBFRAME);
  readonly #pulses = new Int32Array(SUBFRAME);
  readonly #excitation = new Int32Array(FRAME);
  readonly #ratios = new Int32Array(8);
  readonly #earlierRatios = new Int32Array(8);
  readonly #reflections = new Int32Array(8);
  readonly #lattice = new Int32Array(9);
  #lag = 40;
  #deEmphasis = 0;

  frame(bits: LowFirstBits, out: Float32Array, offset: number): void {
    this.#earlierRatios.set(this.#ratios);
    for (let i = 0; i < 8; i++) {
      const width = RATIO_BITS[i]!;
      const level = (bits.take(width) - (1 << (width - 1))) << 10;
      const ratio = multiply(RATIO_SCALE[i]!, clamp(level - (RATIO_OFFSET[i]! << 1)));
      this.#ratios[i] = clamp(ratio + ratio);
    }
    for (let s = 0; s < 4; s++) this.#subframe(bits, s * SUBFRAME);
    this.#filter(out, offset, 0, 13, 3, 1);
    this.#filter(out, offset, 13, 27, 2, 2);
    this.#filter(out, offset, 27, 40, 1, 3);
    this.#filter(out, offset, 40, FRAME, 0, 4);
  }

  #subframe(bits: LowFirstBits, at: number): void {
    const lag = bits.take(7);
    const gain = LONG_GAIN[bits.take(2)]!;
    const grid = bits.take(2);
    const size = bits.take(6);
    this.#readPulses(bits, grid, size);
    if (lag >= 40 && lag <= 120) this.#lag = lag;
    const residual = this.#residual;
    residual.copyWithin(0, SUBFRAME);
    for (let k = 0; k < SUBFRAME; k++) {
      const predicted = multiply(gain, residual[HISTORY + k - this.#lag]!);
      residual[HISTORY + k] = clamp(this.#pulses[k]! + predicted);
      this.#excitation[at + k] = residual[HISTORY + k]!;
    }
  }

  /** Thirteen pulses, every third sample from `grid` on, of a common size. */
  #readPulses(bits: LowFirstBits, grid: number, size: number): void {
    let exponent = size > 15 ? (size >> 3) - 1 : 0;
    let mantissa = size - (exponent << 3);
    if (mantissa === 0) {
      exponent = -4;
      mantissa = 7;
    } else {
      while (mantissa <= 7) {
        mantissa = (mantissa << 1) | 1;
        exponent--;
      }
      mantissa -= 8;
    }
    const shift = 6 - exponent;
    const half = 1 << (shift - 1);
    this.#pulses.fill(0);
    for (let i = 0; i < 13; i++) {
      const level = ((bits.take(3) << 1) - 7) << 12;
      this.#pulses[grid + 3 * i] = clamp(multiply(PULSE_GAIN[mantissa]!, level) + half) >> shift;
    }
  }

  /** The lattice filter over [from, to), with ratios between those of the frame before and these, in quarters. */
  #filter(
    out: Float32Array,
    offset: number,
    from: number,
    to: number,
    earlierQuarters: number,
    quarters: number,
  ): void {
    for (let i = 0; i < 8; i++) {
      const ratio = part(this.#earlierRatios[i]!, earlierQuarters) + part(this.#ratios[i]!, quarters);
      this.#reflections[i] = reflection(clamp(ratio));
    }
    const lattice = this.#lattice;
    for (let k = from; k < to; k++) {
      let value = this.#excitation[k]!;
      for (let i = 7; i >= 0; i--) {
        const r = this.#reflections[i]!;
        value = clamp(value - multiply(r, lattice[i]!));
        lattice[i + 1] = clamp(lattice[i]! + multiply(r, value));
      }
      lattice[0] = value;
      this.#deEmphasis = clamp(value + multiply(this.#deEmphasis, 28_180));
      out[offset + k] = (clamp(2 * this.#deEmphasis) & ~7) / 32_768;
    }
  }
}

function part(ratio: number, quarters: number): number {
  if (quarters === 4) return ratio;
  if (quarters === 3) return (ratio >> 2) + (ratio >> 1);
  return quarters === 0 ? 0 : ratio >> (3 - quarters);
}

/** From a log-area ratio, in three straight lines. */
function reflection(ratio: number): number {
  const size = Math.abs(ratio);
  const value = size < 11_059 ? size << 1 : size < 20_070 ? size + 11_059 : clamp((size >> 2) + 26_112);
  return ratio < 0 ? -value : value;
}

/** Of two fractions of 2^15, rounded. */
function multiply(a: number, b: number): number {
  return clamp((a * b + 16_384) >> 15);
}

function clamp(value: number): number {
  return value < -32_768 ? -32_768 : value > 32_767 ? 32_767 : value;
}
