/**
 * The bytes before the samples of a WAVE file. Pure. The header of a file has the same length whatever the size
 * of its data, so it can be written again and again while the file grows:
 *
 *   RIFF or RF64 | JUNK or ds64 (28 bytes) | fmt | fact (float only) | LIST INFO | data
 *
 * Past 4 GB the first two chunks become RF64 and ds64 (EBU Tech 3306), which is what the JUNK was reserved for.
 */
import { BYTES_PER_SAMPLE, type SampleFormat } from './sample-format.js';

export interface WavFormat {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly sampleFormat: SampleFormat;
}

export interface WavInfo {
  /** ISFT: the program that wrote the file. */
  readonly software: string;
  /** ICMT: what made the sound. */
  readonly comment: string;
}

const MOST_32 = 0xffffffff;
const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** The rest of the GUID whose first two bytes are the format code. */
const GUID_TAIL = Buffer.from('000000001000800000aa00389b71', 'hex');
/** Speaker positions of the first channels: front left, front right, centre, low frequency, back left, back right. */
const CHANNEL_MASKS: readonly number[] = [0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3f];

/** The whole header of a file that holds `dataBytes` of samples. */
export function wavHeader(format: WavFormat, info: WavInfo, dataBytes: number): Buffer {
  const fmt = fmtChunk(format);
  const frames = Math.floor(dataBytes / (BYTES_PER_SAMPLE[format.sampleFormat] * format.channels));
  const fact =
    format.sampleFormat === '32f' ? chunk('fact', uint32(Math.min(frames, MOST_32))) : Buffer.alloc(0);
  const list = infoChunk(info);
  const headerBytes = 12 + 36 + fmt.length + fact.length + list.length + 8;
  const riffBytes = headerBytes - 8 + dataBytes + (dataBytes % 2);
  const isLarge = riffBytes > MOST_32;
  return Buffer.concat([
    Buffer.from(isLarge ? 'RF64' : 'RIFF'),
    uint32(isLarge ? MOST_32 : riffBytes),
    Buffer.from('WAVE'),
    isLarge ? ds64Chunk(riffBytes, dataBytes, frames) : chunk('JUNK', Buffer.alloc(28)),
    fmt,
    fact,
    list,
    Buffer.from('data'),
    uint32(isLarge ? MOST_32 : dataBytes),
  ]);
}

function ds64Chunk(riffBytes: number, dataBytes: number, frames: number): Buffer {
  const body = Buffer.alloc(28);
  body.writeBigUInt64LE(BigInt(riffBytes), 0);
  body.writeBigUInt64LE(BigInt(dataBytes), 8);
  body.writeBigUInt64LE(BigInt(frames), 16);
  return chunk('ds64', body);
}

/** More than 16 bits of PCM, or more than two channels, need the extensible form. */
function fmtChunk({ sampleRate, channels, sampleFormat }: WavFormat): Buffer {
  const bytes = BYTES_PER_SAMPLE[sampleFormat];
  const code = sampleFormat === '32f' ? IEEE_FLOAT : PCM;
  const isExtensible = channels > 2 || sampleFormat === '24';
  const body = Buffer.alloc(isExtensible ? 40 : code === PCM ? 16 : 18);
  body.writeUInt16LE(isExtensible ? EXTENSIBLE : code, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt32LE(sampleRate * channels * bytes, 8);
  body.writeUInt16LE(channels * bytes, 12);
  body.writeUInt16LE(bytes * 8, 14);
  if (isExtensible) {
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(bytes * 8, 18);
    body.writeUInt32LE(CHANNEL_MASKS[channels] ?? 0, 20);
    body.writeUInt16LE(code, 24);
    GUID_TAIL.copy(body, 26);
  }
  return chunk('fmt ', body);
}

function infoChunk({ software, comment }: WavInfo): Buffer {
  return chunk(
    'LIST',
    Buffer.concat([
      Buffer.from('INFO'),
      chunk('ICMT', zeroEnded(comment)),
      chunk('ISFT', zeroEnded(software)),
    ]),
  );
}

function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text.replaceAll('\0', '').slice(0, 4000)}\0`, 'utf8');
}

/** Padded to an even length, as RIFF wants it. */
function chunk(id: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(id, 'ascii'), uint32(body.length), body, Buffer.alloc(body.length % 2)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
