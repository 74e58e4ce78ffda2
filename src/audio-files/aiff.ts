/** AIFF and AIFF-C. */
import type { BlockDecoder, Faults } from './audio-reader.js';
import { AudioFileError } from './errors.js';
import { type Bytes, tagAt, viewOf } from './file-bytes.js';
import { checkFormat, damaged } from './limits.js';
import type { SampleEncoding, SampleKind } from './pcm/encoding.js';
import { PcmDecoder } from './pcm/pcm-decoder.js';

const MOST_CHUNKS = 4096;

interface Common {
  readonly channels: number;
  readonly bits: number;
  readonly sampleRate: number;
  readonly compression: string;
}

export function isAiff(head: Uint8Array): boolean {
  return tagAt(head) === 'FORM' && ['AIFF', 'AIFC'].includes(tagAt(head, 8));
}

export function openAiff(bytes: Bytes, faults: Faults): BlockDecoder {
  let common: Common | undefined;
  let sound: { readonly start: number; readonly length: number } | undefined;
  let at = 12;
  for (let n = 0; n < MOST_CHUNKS; n++) {
    const header = bytes.read(at, 8);
    if (header.length < 8) break;
    const tag = tagAt(header);
    const size = viewOf(header).getUint32(4, false);
    at += 8;
    if (tag === 'COMM') common = readCommon(bytes.read(at, Math.min(size, 256)));
    if (tag === 'SSND' && size >= 8) {
      const lead = bytes.read(at, 8);
      if (lead.length < 8) break;
      const start = at + 8 + viewOf(lead).getUint32(0, false);
      const length = Math.min(at + size, bytes.size) - start;
      if (at + size > bytes.size) faults.add('it was cut short');
      sound = { start, length: Math.max(0, length) };
    }
    at += size + (size & 1);
  }
  if (common === undefined) throw damaged('It says nothing of its format.');
  if (sound === undefined) throw damaged('There is no sound in it.');
  checkFormat(common.channels, common.sampleRate);
  const { channels, sampleRate, bits, compression } = common;
  const encoding = encodingOf(compression, bits);
  const description = `AIFF, ${compression === 'NONE' ? `${bits} bits` : compression}`;
  return new PcmDecoder(bytes, { description, sampleRate, channels, encoding, ...sound });
}

function encodingOf(compression: string, bits: number): SampleEncoding {
  const of = (kind: SampleKind, bytes: number, isBigEndian = true): SampleEncoding => ({
    kind,
    bytes,
    valueBytes: bytes,
    skip: 0,
    isBigEndian,
  });
  const bytes = Math.ceil(bits / 8);
  if (bytes < 1 || bytes > 8) throw damaged(`It says that its samples have ${bits} bits.`);
  switch (compression) {
    case 'NONE':
    case 'twos':
      return of('signed', bytes);
    case 'sowt':
      return of('signed', bytes, false);
    case 'raw ':
      return of('unsigned', 1);
    case 'in24':
      return of('signed', 3);
    case 'in32':
      return of('signed', 4);
    case 'fl32':
    case 'FL32':
      return of('float', 4);
    case 'fl64':
    case 'FL64':
      return of('float', 8);
    case 'ulaw':
    case 'ULAW':
      return of('mu-law', 1);
    case 'alaw':
    case 'ALAW':
      return of('a-law', 1);
    default:
      throw new AudioFileError('AUDIO_FILE_UNSUPPORTED', `It is coded as "${compression}".`);
  }
}

function readCommon(chunk: Uint8Array): Common {
  if (chunk.length < 18) throw damaged(`Its format takes ${chunk.length} bytes; expected 18 or more.`);
  const view = viewOf(chunk);
  return {
    channels: view.getUint16(0, false),
    bits: view.getUint16(6, false),
    sampleRate: extended(view, 8),
    compression: chunk.length >= 22 ? tagAt(chunk, 18) : 'NONE',
  };
}

/** A number of 80 bits: sign and exponent, then 64 bits of mantissa with its leading one. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at, false) & 0x7fff) - 16_383 - 63;
  return (view.getUint32(at + 2, false) * 2 ** 32 + view.getUint32(at + 6, false)) * 2 ** exponent;
}
