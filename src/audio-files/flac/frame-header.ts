import { crc8 } from './crc.js';

/** Longest that a header gets. */
export const MOST_HEADER_BYTES = 16;

export interface FlacFrameHeader {
  /** Of this frame. */
  readonly numFrames: number;
  /** 0 where that of the stream holds. */
  readonly sampleRate: number;
  readonly channels: number;
  /** How two channels are one and a difference. */
  readonly stereo: 'apart' | 'left-side' | 'side-right' | 'mid-side';
  /** 0 where that of the stream holds. */
  readonly bits: number;
  /** Of the first sample, or of the frame, as `countsSamples` says. */
  readonly number: number;
  readonly countsSamples: boolean;
  readonly headerBytes: number;
}

const RATES = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const BITS = [0, 8, 12, undefined, 16, 20, 24, 32];
const STEREO = ['left-side', 'side-right', 'mid-side'] as const;

/** Undefined where there is none that its check sum confirms. */
export function readFrameHeader(bytes: Uint8Array): FlacFrameHeader | undefined {
  if (bytes.length < 6 || bytes[0] !== 0xff || (bytes[1]! & 0xfe) !== 0xf8) return undefined;
  const sizeCode = bytes[2]! >> 4;
  const rateCode = bytes[2]! & 15;
  const channelCode = bytes[3]! >> 4;
  const bits = BITS[(bytes[3]! >> 1) & 7];
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || bits === undefined || bytes[3]! & 1)
    return undefined;
  const coded = codedNumber(bytes, 4);
  if (coded === undefined) return undefined;
  let at = 4 + coded.length;
  let numFrames: number;
  if (sizeCode === 1) numFrames = 192;
  else if (sizeCode < 6) numFrames = 576 << (sizeCode - 2);
  else if (sizeCode === 6) numFrames = bytes[at++]! + 1;
  else if (sizeCode === 7) {
    numFrames = bytes[at]! * 256 + bytes[at + 1]! + 1;
    at += 2;
  } else numFrames = 256 << (sizeCode - 8);
  let sampleRate = RATES[rateCode] ?? 0;
  if (rateCode === 12) sampleRate = 1000 * bytes[at++]!;
  if (rateCode >= 13) {
    sampleRate = (bytes[at]! * 256 + bytes[at + 1]!) * (rateCode === 14 ? 10 : 1);
    at += 2;
  }
  if (at >= bytes.length || crc8(bytes, at) !== bytes[at]) return undefined;
  return {
    numFrames,
    sampleRate,
    channels: channelCode < 8 ? channelCode + 1 : 2,
    stereo: STEREO[channelCode - 8] ?? 'apart',
    bits,
    number: coded.value,
    countsSamples: (bytes[1]! & 1) === 1,
    headerBytes: at + 1,
  };
}

/** A number as UTF-8 would code it, up to 36 bits. */
function codedNumber(bytes: Uint8Array, at: number): { value: number; length: number } | undefined {
  const first = bytes[at]!;
  if (first < 0x80) return { value: first, length: 1 };
  const length = Math.clz32(~first << 24);
  if (length < 2 || length > 7 || at + length > bytes.length) return undefined;
  let value = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i]!;
    if ((next & 0xc0) !== 0x80) return undefined;
    value = value * 64 + (next & 0x3f);
  }
  return { value, length };
}
