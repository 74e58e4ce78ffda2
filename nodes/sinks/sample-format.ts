/** How a sample becomes bytes. Pure; little-endian, as WAVE and raw PCM want it. */
import { createRandom } from '../../graph/index.js';

export const SAMPLE_FORMATS = ['16', '24', '32f'] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

export const BYTES_PER_SAMPLE: Readonly<Record<SampleFormat, number>> = { '16': 2, '24': 3, '32f': 4 };

/** Writes one frame of interleaved samples; allocation-free. What is not finite becomes silence. */
export interface SampleEncoder {
  readonly bytesPerSample: number;
  /** Writes `x` (nominal [-1, 1], clipped by the whole-number formats) at `offset`. */
  write(into: DataView, offset: number, x: number): void;
}

/**
 * 16 bits get triangular dither of two steps, seeded so that the same take gives the same bytes: undithered,
 * the tail of a fade turns into distortion that can be heard. 24 bits and float need none: their step is below
 * what a float32 signal resolves.
 */
export function createEncoder(format: SampleFormat, seed: number): SampleEncoder {
  const bytesPerSample = BYTES_PER_SAMPLE[format];
  if (format === '32f') {
    return { bytesPerSample, write: (into, offset, x) => into.setFloat32(offset, x - x === 0 ? x : 0, true) };
  }
  if (format === '24') {
    return {
      bytesPerSample,
      write: (into, offset, x) => {
        const value = toInteger(x, 8388608);
        into.setUint16(offset, value & 0xffff, true);
        into.setInt8(offset + 2, value >> 16);
      },
    };
  }
  const random = createRandom(seed);
  return {
    bytesPerSample,
    write: (into, offset, x) => {
      const dither = (random() - random()) / 32768;
      into.setInt16(offset, toInteger(x + dither, 32768), true);
    },
  };
}

/** -1 is -scale; +1 is the largest value, scale - 1. */
function toInteger(x: number, scale: number): number {
  if (x - x !== 0) return 0;
  return Math.max(-scale, Math.min(scale - 1, Math.round(x * scale)));
}
