/** Apple's Core Audio Format, with samples as they are. */
import type { BlockDecoder, Faults } from './audio-reader.js';
import { AudioFileError } from './errors.js';
import { type Bytes, tagAt, viewOf } from './file-bytes.js';
import { checkFormat, damaged } from './limits.js';
import type { SampleKind } from './pcm/encoding.js';
import { PcmDecoder, type PcmLayout } from './pcm/pcm-decoder.js';

const MOST_CHUNKS = 4096;
const IS_FLOAT = 1;
const IS_LITTLE_ENDIAN = 2;

export function isCaf(head: Uint8Array): boolean {
  return tagAt(head) === 'caff';
}

export function openCaf(bytes: Bytes, faults: Faults): BlockDecoder {
  let format: Omit<PcmLayout, 'start' | 'length'> | undefined;
  let at = 8;
  for (let n = 0; n < MOST_CHUNKS; n++) {
    const header = bytes.read(at, 12);
    if (header.length < 12) break;
    const tag = tagAt(header);
    const size = Number(viewOf(header).getBigInt64(4, false));
    at += 12;
    if (tag === 'desc') format = readFormat(bytes.read(at, 32));
    if (tag === 'data') {
      if (format === undefined) throw damaged('Its sound comes before any word on its format.');
      // Four bytes count the edits. A size of -1 means: up to the end.
      const start = at + 4;
      const there = Math.max(0, bytes.size - start);
      const claimed = size < 0 ? there : Math.max(0, size - 4);
      if (claimed > there) faults.add('it was cut short');
      return new PcmDecoder(bytes, { ...format, start, length: Math.min(claimed, there) });
    }
    if (size < 0) break;
    at += size;
  }
  throw damaged(format === undefined ? 'It says nothing of its format.' : 'There is no sound in it.');
}

function readFormat(chunk: Uint8Array): Omit<PcmLayout, 'start' | 'length'> {
  if (chunk.length < 32) throw damaged('Its format is cut short.');
  const view = viewOf(chunk);
  const sampleRate = view.getFloat64(0, false);
  const coding = tagAt(chunk, 8);
  const flags = view.getUint32(12, false);
  const packetBytes = view.getUint32(16, false);
  const channels = view.getUint32(24, false);
  const bits = view.getUint32(28, false);
  checkFormat(channels, sampleRate);
  const kinds: Readonly<Record<string, SampleKind>> = {
    lpcm: flags & IS_FLOAT ? 'float' : 'signed',
    ulaw: 'mu-law',
    alaw: 'a-law',
  };
  const kind = kinds[coding];
  if (kind === undefined) {
    throw new AudioFileError('AUDIO_FILE_UNSUPPORTED', `It is coded as "${coding}".`);
  }
  const bytes = packetBytes / channels;
  const valueBytes = coding === 'lpcm' ? Math.ceil(bits / 8) : 1;
  if (!(Number.isInteger(bytes) && bytes >= valueBytes && bytes <= 8 && valueBytes >= 1)) {
    throw damaged(`Its packets of ${packetBytes} bytes do not hold ${channels} samples of ${bits} bits.`);
  }
  const isBigEndian = (flags & IS_LITTLE_ENDIAN) === 0;
  const skip = isBigEndian ? 0 : bytes - valueBytes;
  const encoding = { kind, bytes, valueBytes, skip, isBigEndian };
  return {
    description: `CAF, ${coding === 'lpcm' ? `${bits} bits` : coding}`,
    sampleRate,
    channels,
    encoding,
  };
}
