/** The four bytes before each frame of an MPEG audio stream, layer III. */

export interface Mp3FrameHeader {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Sound in a frame, in frames of a stream: 1152, or 576 at the lower rates. */
  readonly numFrames: number;
  /** Of the whole frame, header included. */
  readonly length: number;
  /** Bytes from its beginning to where a tag on the whole stream would be. */
  readonly tagAt: number;
}

const RATES = [44_100, 48_000, 32_000] as const;
const KBITS = {
  high: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  low: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

/** Undefined where there is none, or one of another layer or of free bit rate. */
export function readMp3Header(bytes: Uint8Array, at = 0): Mp3FrameHeader | undefined {
  if (bytes.length < at + 4 || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe6) !== 0xe2) return undefined;
  // 3: MPEG 1; 2: MPEG 2, half the rates; 0: MPEG 2.5, a quarter.
  const version = (bytes[at + 1]! >> 3) & 3;
  const rate = RATES[(bytes[at + 2]! >> 2) & 3];
  const isHigh = version === 3;
  const kbits = (isHigh ? KBITS.high : KBITS.low)[bytes[at + 2]! >> 4];
  if (version === 1 || rate === undefined || !kbits) return undefined;
  const sampleRate = rate / (isHigh ? 1 : version === 2 ? 2 : 4);
  const isMono = bytes[at + 3]! >> 6 === 3;
  const numFrames = isHigh ? 1152 : 576;
  const padding = (bytes[at + 2]! >> 1) & 1;
  const sideBytes = isHigh ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  const hasSum = (bytes[at + 1]! & 1) === 0;
  return {
    sampleRate,
    channels: isMono ? 1 : 2,
    numFrames,
    length: Math.floor(((numFrames / 8) * kbits * 1000) / sampleRate) + padding,
    tagAt: 4 + sideBytes + (hasSum ? 2 : 0),
  };
}
