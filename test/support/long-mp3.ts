/** An MP3 of any length, made of the frames of a short one and of silent frames between them. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readMp3Header } from '../../src/audio-files/mp3/frame-header.js';

/** 32 kbit/s at 44.1 kHz: the smallest frame of MPEG 1. */
const SILENT_BYTES = 104;
const SILENT_RATE_BYTE = 0x10;
const FRAMES_AT_ONCE = 4096;

export interface LongMp3 {
  readonly seconds: number;
  /** From here on it sounds again, until the end. */
  readonly soundsFromSeconds: number;
}

/**
 * Sounds as the short one does, is silent, and ends with the short one, `endings` times. `short` is MPEG 1 at 44.1 kHz, without
 * a tag before its frames but that of its encoder, which is left out.
 */
export function writeLongMp3(short: string, path: string, seconds: number, endings: number): LongMp3 {
  const sounding = framesOf(readFileSync(short)).slice(1);
  const { sampleRate, numFrames } = readMp3Header(sounding[0]!)!;
  const sound = Buffer.concat(sounding);
  const frames = Math.round((seconds * sampleRate) / numFrames);
  const silent = frames - sounding.length * (1 + endings);
  // The same header at another bit rate; no bits of sound follow.
  const silence = Buffer.alloc(SILENT_BYTES);
  silence.set(sounding[0]!.subarray(0, 4));
  silence[2] = SILENT_RATE_BYTE;
  const many = Buffer.concat(Array.from({ length: FRAMES_AT_ONCE }, () => silence));
  const fd = openSync(path, 'w');
  try {
    writeSync(fd, sound);
    for (let left = silent; left > 0; left -= FRAMES_AT_ONCE) {
      writeSync(fd, many, 0, Math.min(left, FRAMES_AT_ONCE) * SILENT_BYTES);
    }
    for (let n = 0; n < endings; n++) writeSync(fd, sound);
  } finally {
    closeSync(fd);
  }
  const secondsOf = (count: number): number => (count * numFrames) / sampleRate;
  return { seconds: secondsOf(frames), soundsFromSeconds: secondsOf(frames - sounding.length * endings) };
}

function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; ; ) {
    const header = readMp3Header(bytes, at);
    if (header === undefined || at + header.length > bytes.length) return frames;
    frames.push(bytes.subarray(at, at + header.length));
    at += header.length;
  }
}
