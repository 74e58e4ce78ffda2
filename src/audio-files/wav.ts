/** RIFF, RIFX, RF64 and BW64: what is in a WAV file, believed only as far as the file goes. */
import type { BlockDecoder, Faults } from './audio-reader.js';
import { AudioFileError } from './errors.js';
import { type Bytes, tagAt, viewOf } from './file-bytes.js';
import { checkFormat, damaged } from './limits.js';
import { imaAdpcm, microsoftAdpcm } from './pcm/adpcm.js';
import type { SampleEncoding, SampleKind } from './pcm/encoding.js';
import { FixedBlockDecoder } from './pcm/fixed-blocks.js';
import { gsm } from './pcm/gsm.js';
import { PcmDecoder } from './pcm/pcm-decoder.js';

/** More chunks than this before the sound are no file of this world. */
const MOST_CHUNKS = 4096;
/** "Unknown" in a 32-bit size. */
const UNKNOWN = 0xffffffff;
const CODINGS: Readonly<Record<number, string>> = {
  1: 'integers',
  2: 'Microsoft ADPCM',
  3: 'floats',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  49: 'GSM 06.10',
};
const EXTENSIBLE = 0xfffe;

interface WavFormat {
  readonly coding: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly blockBytes: number;
  readonly bits: number;
  /** Whether values are in the high bits of their container, as WAVE_FORMAT_EXTENSIBLE has it. */
  readonly isExtensible: boolean;
  /** Coefficient pairs of Microsoft ADPCM. */
  readonly coefficients: readonly (readonly [number, number])[] | undefined;
}

interface WavChunks {
  readonly format: WavFormat;
  readonly start: number;
  readonly length: number;
  readonly isBigEndian: boolean;
}

export function isWav(head: Uint8Array): boolean {
  return ['RIFF', 'RIFX', 'RF64', 'BW64'].includes(tagAt(head)) && tagAt(head, 8) === 'WAVE';
}

export function openWav(bytes: Bytes, faults: Faults): BlockDecoder {
  const { format, start, length, isBigEndian } = readChunks(bytes, faults);
  const { coding, channels, sampleRate, blockBytes, bits } = format;
  checkFormat(channels, sampleRate);
  const name = CODINGS[coding];
  if (name === undefined) {
    throw new AudioFileError(
      'AUDIO_FILE_UNSUPPORTED',
      `It is coded in the way ${coding}, which is not read here.`,
    );
  }
  const blocks = { description: `WAV, ${name}`, sampleRate, channels, start, length };
  if (coding === 2 || coding === 17) {
    const codec =
      coding === 2
        ? microsoftAdpcm(channels, blockBytes, format.coefficients)
        : imaAdpcm(channels, blockBytes);
    if (bits !== 4 || codec.blockFrames < 1)
      throw damaged(`Its blocks of ${blockBytes} bytes hold no samples.`);
    return new FixedBlockDecoder(bytes, blocks, codec);
  }
  if (coding === 49) {
    if (channels !== 1) throw damaged(`GSM is for one channel, and it says ${channels}.`);
    return new FixedBlockDecoder(bytes, blocks, gsm());
  }
  const encoding = encodingOf(format, isBigEndian);
  if (length % (channels * encoding.bytes) !== 0) faults.add('it ends in the middle of a frame');
  const description = `WAV, ${coding === 1 || coding === 3 ? `${bits} bits ${name}` : name}`;
  return new PcmDecoder(bytes, { description, sampleRate, channels, start, length, encoding });
}

function encodingOf(format: WavFormat, isBigEndian: boolean): SampleEncoding {
  const { coding, channels, blockBytes, bits, isExtensible } = format;
  const kinds: Readonly<Record<number, SampleKind>> = { 3: 'float', 6: 'a-law', 7: 'mu-law' };
  const valueBytes = Math.ceil(bits / 8);
  if (valueBytes < 1 || valueBytes > 8) throw damaged(`It says that its samples have ${bits} bits.`);
  const container = blockBytes / channels;
  // A block size that contradicts the width of the samples is not believed.
  const fits = Number.isInteger(container) && container > valueBytes && container <= 8;
  const bytes = fits ? container : valueBytes;
  const isHigh = isExtensible !== isBigEndian;
  return {
    kind: kinds[coding] ?? (bits <= 8 ? 'unsigned' : 'signed'),
    bytes,
    valueBytes,
    skip: isHigh ? bytes - valueBytes : 0,
    isBigEndian,
  };
}

function readChunks(bytes: Bytes, faults: Faults): WavChunks {
  const head = bytes.read(0, 12);
  const isBigEndian = tagAt(head) === 'RIFX';
  const is64 = tagAt(head) === 'RF64' || tagAt(head) === 'BW64';
  let format: WavFormat | undefined;
  let length64: number | undefined;
  let at = 12;
  for (let n = 0; n < MOST_CHUNKS; n++) {
    const header = bytes.read(at, 8);
    if (header.length < 8) break;
    const tag = tagAt(header);
    const size = viewOf(header).getUint32(4, !isBigEndian);
    at += 8;
    if (tag === 'fmt ') format = readFormat(bytes.read(at, Math.min(size, 4096)), isBigEndian);
    if (tag === 'ds64' && is64) {
      const sizes = bytes.read(at, 24);
      if (sizes.length >= 16) length64 = Number(viewOf(sizes).getBigUint64(8, true));
    }
    if (tag === 'data') {
      if (format === undefined) throw damaged('Its sound comes before any word on its format.');
      const claimed = is64 && size === UNKNOWN ? (length64 ?? UNKNOWN) : size;
      return { format, start: at, length: believable(bytes, at, claimed, faults), isBigEndian };
    }
    at += size + (size & 1);
  }
  throw damaged(format === undefined ? 'It says nothing of its format.' : 'There is no sound in it.');
}

/** What a data chunk says of its size against what there is. */
function believable(bytes: Bytes, start: number, claimed: number, faults: Faults): number {
  const there = Math.max(0, bytes.size - start);
  if (claimed === 0 && there > 0) {
    faults.add('its size was never written: all that follows is taken for sound');
    return there;
  }
  if (claimed === UNKNOWN || claimed <= there) return Math.min(claimed, there);
  faults.add(`it was cut short: ${there} of ${claimed} bytes of sound are there`);
  if (there === 0) throw damaged('Its sound is missing.');
  return there;
}

function readFormat(chunk: Uint8Array, isBigEndian: boolean): WavFormat {
  if (chunk.length < 16) throw damaged(`Its format takes ${chunk.length} bytes; expected 16 or more.`);
  const view = viewOf(chunk);
  const u16 = (at: number): number => view.getUint16(at, !isBigEndian);
  const tag = u16(0);
  const isExtensible = tag === EXTENSIBLE && chunk.length >= 28;
  // The tag is what the identifier of the coding begins with, in 32 bits.
  const coding = isExtensible ? view.getUint32(24, !isBigEndian) : tag;
  const coefficients =
    coding === 2 && chunk.length >= 22
      ? Array.from(
          { length: Math.min(u16(20), Math.floor((chunk.length - 22) / 4)) },
          (_, i) =>
            [view.getInt16(22 + 4 * i, !isBigEndian), view.getInt16(24 + 4 * i, !isBigEndian)] as const,
        )
      : undefined;
  return {
    coding,
    channels: u16(2),
    sampleRate: view.getUint32(4, !isBigEndian),
    blockBytes: u16(12),
    bits: u16(14),
    isExtensible,
    coefficients: coefficients?.length ? coefficients : undefined,
  };
}
