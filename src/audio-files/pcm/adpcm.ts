/** The two codings of WAV files in four bits per sample. */
import { viewOf } from '../file-bytes.js';
import type { BlockCodec } from './fixed-blocks.js';

/** Bytes of a block that hold a number of samples, and the other way round. */
const HEADER_BYTES = { microsoft: 7, ima: 4 } as const;

/** A tenth apart, as the standard lists them. */
// biome-ignore format: a table
const IMA_STEPS = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28,
  31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
  130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494,
  544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066,
  2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630,
  9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
];
const IMA_MOVES = [-1, -1, -1, -1, 2, 4, 6, 8];
const ADAPTATION = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
const STANDARD_COEFFICIENTS = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
] as const;

/** Microsoft's: two taps of a predictor, chosen per block, and a step that follows the sound. */
export function microsoftAdpcm(
  channels: number,
  blockBytes: number,
  coefficients: readonly (readonly [number, number])[] = STANDARD_COEFFICIENTS,
): BlockCodec {
  const header = HEADER_BYTES.microsoft * channels;
  const framesOf = (bytes: number): number =>
    bytes < header ? 0 : 2 + Math.floor((2 * (bytes - header)) / channels);
  const older = new Int32Array(channels);
  const newer = new Int32Array(channels);
  const steps = new Int32Array(channels);
  return {
    blockBytes,
    blockFrames: framesOf(blockBytes),
    warmUpBlocks: 0,
    restart: () => undefined,
    decode(block, out) {
      const frames = framesOf(block.length);
      if (frames === 0) return 0;
      const view = viewOf(block);
      for (let c = 0; c < channels; c++) {
        steps[c] = view.getInt16(channels + 2 * c, true);
        newer[c] = view.getInt16(3 * channels + 2 * c, true);
        older[c] = view.getInt16(5 * channels + 2 * c, true);
        out[c]![0] = older[c]! / 32_768;
        out[c]![1] = newer[c]! / 32_768;
      }
      for (let n = 0; n < (frames - 2) * channels; n++) {
        const c = n % channels;
        const byte = block[header + (n >> 1)]!;
        const code = (n & 1) === 0 ? byte >> 4 : byte & 15;
        const [first, second] = coefficients[block[c]!] ?? STANDARD_COEFFICIENTS[2];
        const predicted = (newer[c]! * first + older[c]! * second) >> 8;
        const value = clamp16(predicted + (code < 8 ? code : code - 16) * steps[c]!);
        older[c] = newer[c]!;
        newer[c] = value;
        steps[c] = Math.max(16, (ADAPTATION[code]! * steps[c]!) >> 8);
        out[c]![2 + Math.floor(n / channels)] = value / 32_768;
      }
      return frames;
    },
  };
}

/** That of the Interactive Multimedia Association: one step per channel, moved by each code. */
export function imaAdpcm(channels: number, blockBytes: number): BlockCodec {
  const header = HEADER_BYTES.ima * channels;
  const framesOf = (bytes: number): number =>
    bytes < header ? 0 : 1 + 8 * Math.floor((bytes - header) / (4 * channels));
  return {
    blockBytes,
    blockFrames: framesOf(blockBytes),
    warmUpBlocks: 0,
    restart: () => undefined,
    decode(block, out) {
      const frames = framesOf(block.length);
      if (frames === 0) return 0;
      const view = viewOf(block);
      for (let c = 0; c < channels; c++) {
        let value = view.getInt16(4 * c, true);
        let index = Math.min(88, block[4 * c + 2]!);
        out[c]![0] = value / 32_768;
        for (let i = 0; i < frames - 1; i++) {
          // Eight codes of a channel, then eight of the next.
          const byte = block[header + 4 * ((i >> 3) * channels + c) + ((i & 7) >> 1)]!;
          const code = (i & 1) === 0 ? byte & 15 : byte >> 4;
          const step = IMA_STEPS[index]!;
          let move = step >> 3;
          if (code & 1) move += step >> 2;
          if (code & 2) move += step >> 1;
          if (code & 4) move += step;
          value = clamp16(code & 8 ? value - move : value + move);
          index = Math.min(88, Math.max(0, index + IMA_MOVES[code & 7]!));
          out[c]![i + 1] = value / 32_768;
        }
      }
      return frames;
    },
  };
}

function clamp16(value: number): number {
  return value < -32_768 ? -32_768 : value > 32_767 ? 32_767 : value;
}
