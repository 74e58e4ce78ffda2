/** FLAC, as it is in a file of its own. */
import type { AudioFormat, BlockDecoder, Faults, SoundBlock } from '../audio-reader.js';
import { type Bytes, tagAt, viewOf } from '../file-bytes.js';
import { checkFormat, damaged } from '../limits.js';
import { HighFirstBits, OutOfBits } from './bit-reader.js';
import { crc16 } from './crc.js';
import { type FlacFrameHeader, MOST_HEADER_BYTES, readFrameHeader } from './frame-header.js';
import { BadFrame, readSubframe } from './subframe.js';

const MOST_FRAMES = 65_536;
const STREAMINFO_BYTES = 34;
const MOST_METADATA = 65_536;
/** Read in search of a frame, one after the other. */
const SEARCH_BYTES = 1 << 15;
/** A frame is read in a stretch of this, and in a longer one where it is longer. */
const FRAME_BYTES = 1 << 16;
const LONGEST_FRAME_BYTES = 1 << 22;
/** Of silence that stands for lost frames; a longer gap is closed. */
const MOST_GAP_SECONDS = 10;

interface StreamInfo {
  readonly blockFrames: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** 0 where it is not known. */
  readonly frames: number;
}

interface Found {
  readonly header: FlacFrameHeader;
  readonly at: number;
  /** Sample with which it begins. */
  readonly frame: number;
}

/** Where a FLAC stream begins, after an ID3 tag that some programs put before it; -1 where there is none. */
export function flacStart(bytes: Bytes): number {
  const head = bytes.read(0, 10);
  if (tagAt(head) === 'fLaC') return 0;
  if (head.length < 10 || !tagAt(head).startsWith('ID3')) return -1;
  const after = 10 + head.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 0x7f), 0);
  return tagAt(bytes.read(after, 4)) === 'fLaC' ? after : -1;
}

export class FlacDecoder implements BlockDecoder {
  readonly format: AudioFormat;
  readonly #info: StreamInfo;
  readonly #firstFrameAt: number;
  readonly #bits = new HighFirstBits();
  readonly #coefficients = new Float64Array(32);
  readonly #channels: Float64Array[];
  readonly #block: SoundBlock;
  /** Where the next frame should be, in bytes and in samples. */
  #at: number;
  #frame = 0;
  /** Silence that is still due in place of what was lost. */
  #gapFrames = 0;

  constructor(
    private readonly bytes: Bytes,
    start: number,
    private readonly faults: Faults,
  ) {
    const { info, end } = readMetadata(bytes, start + 4);
    checkFormat(info.channels, info.sampleRate);
    this.#info = info;
    this.#at = this.#firstFrameAt = end;
    if (readFrameHeader(bytes.read(end, MOST_HEADER_BYTES)) === undefined && info.frames > 0) {
      throw damaged('Where its first frame should be there is something else.');
    }
    this.#channels = Array.from({ length: info.channels }, () => new Float64Array(MOST_FRAMES));
    this.#block = {
      channels: Array.from({ length: info.channels }, () => new Float32Array(MOST_FRAMES)),
      numFrames: 0,
    };
    this.format = {
      description: `FLAC, ${info.bits} bits`,
      sampleRate: info.sampleRate,
      channels: info.channels,
      frames: info.frames || undefined,
    };
  }

  next(): SoundBlock | undefined {
    while (this.#gapFrames === 0) {
      const found = this.#find(this.#at);
      if (found === undefined) return this.#end();
      if (found.at > this.#at) this.faults.add('a stretch of it is no sound');
      if (found.header.channels !== this.#info.channels) {
        this.faults.add('its number of channels changes: it ends there');
        return undefined;
      }
      const gap = found.frame - this.#frame;
      if (gap > 0 && gap <= MOST_GAP_SECONDS * this.#info.sampleRate) {
        this.#gapFrames = gap;
        this.#at = found.at;
        break;
      }
      if (this.#decode(found)) return this.#block;
    }
    const count = Math.min(this.#gapFrames, MOST_FRAMES);
    for (const channel of this.#block.channels) channel.fill(0, 0, count);
    this.#block.numFrames = count;
    this.#gapFrames -= count;
    this.#frame += count;
    return this.#block;
  }

  async seek(frame: number): Promise<number> {
    this.#gapFrames = 0;
    let low = this.#firstFrameAt;
    let lowFrame = 0;
    let high = this.bytes.size;
    // Halves the stretch in which the frame must begin, until it is as short as a few frames.
    while (high - low > FRAME_BYTES) {
      const middle = Math.floor((low + high) / 2);
      const found = this.#find(middle, high);
      if (found === undefined || found.frame > frame) high = middle;
      else {
        low = found.at;
        lowFrame = found.frame;
      }
    }
    this.#at = low;
    this.#frame = lowFrame;
    return lowFrame;
  }

  /** The first frame that begins at `from` or later, and before `end`. */
  #find(from: number, end = this.bytes.size): Found | undefined {
    for (let at = from; at < end; at += SEARCH_BYTES) {
      const piece = this.bytes.read(at, SEARCH_BYTES + MOST_HEADER_BYTES);
      const last = Math.min(piece.length, SEARCH_BYTES, end - at);
      for (let i = 0; i < last; i++) {
        if (piece[i] !== 0xff) continue;
        const header = readFrameHeader(piece.subarray(i, i + MOST_HEADER_BYTES));
        if (header === undefined || !this.#isPlausible(header)) continue;
        const frame = header.countsSamples ? header.number : header.number * this.#info.blockFrames;
        return { header, at: at + i, frame };
      }
    }
    return undefined;
  }

  #isPlausible({ sampleRate }: FlacFrameHeader): boolean {
    return sampleRate === 0 || sampleRate === this.#info.sampleRate;
  }

  /** False where the frame is no good; then it is passed over. */
  #decode({ header, at, frame }: Found): boolean {
    for (let size = FRAME_BYTES; ; size = LONGEST_FRAME_BYTES) {
      const piece = this.bytes.read(at, size);
      try {
        const length = this.#decodeFrame(header, piece);
        const sum = piece[length - 2]! * 256 + piece[length - 1]!;
        if (crc16(piece, length - 2) !== sum) throw new BadFrame();
        this.#at = at + length;
        this.#frame = frame + header.numFrames;
        this.#block.numFrames = header.numFrames;
        return true;
      } catch (error) {
        if (error instanceof OutOfBits && piece.length === size && size < LONGEST_FRAME_BYTES) continue;
        if (error instanceof OutOfBits) this.faults.add('it was cut short');
        else if (error instanceof BadFrame) this.faults.add('a frame is damaged: there is silence instead');
        else throw error;
        this.#at = at + header.headerBytes;
        return false;
      }
    }
  }

  /** Into the block; returns the bytes it took. */
  #decodeFrame(header: FlacFrameHeader, piece: Uint8Array): number {
    const { numFrames, channels, stereo } = header;
    const bits = header.bits || this.#info.bits;
    if (bits !== this.#info.bits) this.faults.add('its bit depth is not what it says at the beginning');
    this.#bits.begin(piece.subarray(header.headerBytes));
    for (let c = 0; c < channels; c++) {
      const isSide =
        (stereo === 'side-right' && c === 0) ||
        ((stereo === 'left-side' || stereo === 'mid-side') && c === 1);
      readSubframe(this.#bits, bits + (isSide ? 1 : 0), numFrames, this.#channels[c]!, this.#coefficients);
    }
    this.#bits.skipToByte();
    this.#bits.take(16);
    this.#joinStereo(stereo, numFrames);
    const scale = 2 ** (1 - bits);
    for (let c = 0; c < channels; c++) {
      const from = this.#channels[c]!;
      const to = this.#block.channels[c]!;
      for (let i = 0; i < numFrames; i++) to[i] = from[i]! * scale;
    }
    return header.headerBytes + this.#bits.bytesTaken;
  }

  #joinStereo(stereo: FlacFrameHeader['stereo'], numFrames: number): void {
    if (stereo === 'apart') return;
    const first = this.#channels[0]!;
    const second = this.#channels[1]!;
    for (let i = 0; i < numFrames; i++) {
      const a = first[i]!;
      const b = second[i]!;
      if (stereo === 'left-side') second[i] = a - b;
      else if (stereo === 'side-right') first[i] = a + b;
      else {
        // The lowest bit of the sum is that of the difference.
        const sum = 2 * a + Math.abs(b % 2);
        first[i] = (sum + b) / 2;
        second[i] = (sum - b) / 2;
      }
    }
  }

  #end(): undefined {
    if (this.#at < this.bytes.size) this.faults.add('what follows its last frame is no sound');
    if (this.#frame < this.#info.frames) this.faults.add('it was cut short');
    return undefined;
  }
}

function readMetadata(bytes: Bytes, start: number): { info: StreamInfo; end: number } {
  let info: StreamInfo | undefined;
  let at = start;
  for (let n = 0; n < MOST_METADATA; n++) {
    const header = bytes.read(at, 4);
    if (header.length < 4) break;
    const isLast = (header[0]! & 0x80) !== 0;
    const type = header[0]! & 0x7f;
    const size = viewOf(header).getUint32(0, false) & 0xffffff;
    if (n === 0 && type === 0 && size === STREAMINFO_BYTES) info = readInfo(bytes.read(at + 4, size));
    if (info === undefined) throw damaged('It does not begin with a word on its format (STREAMINFO).');
    at += 4 + size;
    if (isLast) return { info, end: at };
  }
  throw damaged('Its metadata has no end.');
}

function readInfo(chunk: Uint8Array): StreamInfo | undefined {
  if (chunk.length < STREAMINFO_BYTES) return undefined;
  const view = viewOf(chunk);
  return {
    blockFrames: view.getUint16(0, false),
    sampleRate: view.getUint32(10, false) >>> 12,
    channels: ((chunk[12]! >> 1) & 7) + 1,
    bits: (((chunk[12]! & 1) << 4) | (chunk[13]! >> 4)) + 1,
    frames: (chunk[13]! & 15) * 2 ** 32 + view.getUint32(14, false),
  };
}
