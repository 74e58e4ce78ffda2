/** MPEG audio, layer III. The stream is taken apart here; what a frame sounds like tells the package mpg123-decoder. */
import type { MPEGDecoder } from 'mpg123-decoder';
import type { AudioFormat, BlockDecoder, Faults, SoundBlock } from '../audio-reader.js';
import { AudioFileError } from '../errors.js';
import { type Bytes, tagAt, viewOf } from '../file-bytes.js';
import { type Mp3FrameHeader, readMp3Header } from './frame-header.js';

/** Pieces to decode before the one that is wanted, until filters and the bit reservoir are full. */
const WARM_UP_PIECES = 10;
/** Delay of every decoder, in samples, which encoders count on. */
const DECODER_DELAY = 529;
const SEARCH_BYTES = 1 << 15;
/** Without a frame in this much of a file it is none. */
const MOST_SEARCH_BYTES = 1 << 18;
/** A frame is believed when so many follow it, as far as the file goes. */
const CHAIN = 3;

interface Piece extends Mp3FrameHeader {
  readonly at: number;
}

/** What a tag in place of the first frame says. */
interface StreamTag {
  readonly pieces: number | undefined;
  /** Samples to drop at the beginning and at the end. */
  readonly delay: number;
  readonly padding: number;
}

/** Byte after an ID3v2 tag, which may claim what it likes; 0 without one. */
export function afterId3(bytes: Bytes): number {
  const head = bytes.read(0, 10);
  if (head.length < 10 || !tagAt(head).startsWith('ID3')) return 0;
  return 10 + head.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 0x7f), 0);
}

/** The first frame that is followed by others; undefined where there is none. */
export function findMp3(bytes: Bytes): Piece | undefined {
  const from = afterId3(bytes);
  return findPiece(bytes, from, Math.min(bytes.size, from + MOST_SEARCH_BYTES));
}

export async function openMp3(bytes: Bytes, first: Piece, faults: Faults): Promise<BlockDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder').catch((cause: unknown) => {
    throw new AudioFileError('AUDIO_FILE_CODEC', 'MP3 needs the package mpg123-decoder.', { cause });
  });
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  return new Mp3Decoder(bytes, first, decoder, faults);
}

class Mp3Decoder implements BlockDecoder {
  readonly format: AudioFormat;
  readonly #header: Mp3FrameHeader;
  readonly #firstAt: number;
  readonly #skipFrames: number;
  #at: number;
  /** Frame of the file with which the next sound from the decoder begins; below 0 it is not to be heard. */
  #frame: number;

  constructor(
    private readonly bytes: Bytes,
    first: Piece,
    private readonly decoder: MPEGDecoder,
    private readonly faults: Faults,
  ) {
    const tag = readTag(bytes, first);
    const delay = tag?.delay ?? 0;
    this.#header = first;
    this.#firstAt = tag === undefined ? first.at : first.at + first.length;
    this.#at = this.#firstAt;
    this.#skipFrames = delay === 0 ? 0 : delay + DECODER_DELAY;
    this.#frame = -this.#skipFrames;
    const coded = tag?.pieces === undefined ? undefined : tag.pieces * first.numFrames;
    const { sampleRate, channels } = first;
    const frames = coded === undefined ? undefined : Math.max(0, coded - delay - (tag?.padding ?? 0));
    this.format = { description: 'MP3', sampleRate, channels, frames };
  }

  next(): SoundBlock | undefined {
    for (;;) {
      const piece = this.#nextPiece();
      if (piece === undefined) return undefined;
      const data = this.bytes.read(piece.at, piece.length).slice();
      const { channelData, samplesDecoded, errors } = this.decoder.decodeFrame(data);
      if (errors.length > 0) this.faults.add('a frame is damaged');
      const block = this.#trimmed(channelData, samplesDecoded);
      if (block !== undefined) return block;
    }
  }

  async seek(frame: number): Promise<number> {
    const { numFrames } = this.#header;
    const wanted = Math.floor((frame + this.#skipFrames) / numFrames);
    const begin = Math.max(0, wanted - WARM_UP_PIECES);
    this.#at = this.#firstAt;
    for (let n = 0; n < begin; n++) {
      if (this.#nextPiece() === undefined) break;
    }
    this.#frame = begin * numFrames - this.#skipFrames;
    return Math.max(0, this.#frame);
  }

  /** Without what comes before the beginning and after the end; undefined where nothing is left. */
  #trimmed(channels: readonly Float32Array[], numFrames: number): SoundBlock | undefined {
    const end = this.format.frames ?? Number.POSITIVE_INFINITY;
    const from = Math.min(numFrames, Math.max(0, -this.#frame));
    const to = Math.max(from, Math.min(numFrames, end - this.#frame));
    this.#frame += numFrames;
    if (to === from) return undefined;
    const heard = channels.slice(0, this.#header.channels).map((channel) => channel.subarray(from, to));
    return { channels: heard, numFrames: to - from };
  }

  /** The next whole frame of the same kind as the first. */
  #nextPiece(): Piece | undefined {
    const header = readMp3Header(this.bytes.read(this.#at, 4));
    let piece: Piece | undefined;
    if (header !== undefined && isAlike(header, this.#header)) piece = { ...header, at: this.#at };
    else piece = this.#resync();
    if (piece === undefined) return undefined;
    if (piece.at + piece.length > this.bytes.size) {
      this.faults.add('it was cut short');
      return undefined;
    }
    this.#at = piece.at + piece.length;
    return piece;
  }

  #resync(): Piece | undefined {
    const rest = this.bytes.read(this.#at, 4);
    const isTag = ['TAG', 'APE', 'LYR', 'ID3'].includes(tagAt(rest).slice(0, 3));
    if (rest.length === 0 || isTag) return undefined;
    const found = findPiece(this.bytes, this.#at + 1, this.bytes.size, this.#header);
    if (found !== undefined) this.faults.add('a stretch of it is no sound');
    return found;
  }
}

function isAlike(a: Mp3FrameHeader, b: Mp3FrameHeader): boolean {
  return a.sampleRate === b.sampleRate && a.numFrames === b.numFrames;
}

/** The first frame in [from, to) that others follow, like `model` where that is given. */
function findPiece(bytes: Bytes, from: number, to: number, model?: Mp3FrameHeader): Piece | undefined {
  for (let at = from; at < to; at += SEARCH_BYTES) {
    const piece = bytes.read(at, SEARCH_BYTES + 3).slice();
    for (let i = 0; i + 4 <= piece.length && i < SEARCH_BYTES; i++) {
      if (piece[i] !== 0xff) continue;
      const header = readMp3Header(piece, i);
      if (header === undefined || (model !== undefined && !isAlike(header, model))) continue;
      if (isFollowed(bytes, at + i, header)) return { ...header, at: at + i };
    }
  }
  return undefined;
}

function isFollowed(bytes: Bytes, start: number, first: Mp3FrameHeader): boolean {
  let at = start + first.length;
  for (let n = 1; n < CHAIN; n++) {
    // The end of the file is as good as a frame, after one at least.
    if (at >= bytes.size && n > 1) return true;
    const header = readMp3Header(bytes.read(at, 4));
    if (header === undefined || !isAlike(header, first)) return false;
    at += header.length;
  }
  return true;
}

function readTag(bytes: Bytes, first: Piece): StreamTag | undefined {
  const frame = bytes.read(first.at, first.length);
  const view = viewOf(frame);
  const name = tagAt(frame, first.tagAt);
  if (tagAt(frame, 36) === 'VBRI') return { pieces: undefined, delay: 0, padding: 0 };
  if (name !== 'Xing' && name !== 'Info') return undefined;
  let at = first.tagAt + 8;
  if (at > frame.length) return undefined;
  const flags = view.getUint32(first.tagAt + 4, false);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const pieces = has(1) && at + 4 <= frame.length ? view.getUint32(at, false) : undefined;
  at += (has(1) ? 4 : 0) + (has(2) ? 4 : 0) + (has(4) ? 100 : 0) + (has(8) ? 4 : 0);
  // What LAME and its relatives add: a name of nine bytes, twelve more, then delay and padding in twelve bits each.
  const trims = frame.subarray(at + 21, at + 24);
  if (trims.length < 3 || !/^[A-Za-z]{4}$/.test(tagAt(frame, at))) return { pieces, delay: 0, padding: 0 };
  return {
    pieces,
    delay: trims[0]! * 16 + (trims[1]! >> 4),
    padding: (trims[1]! & 15) * 256 + trims[2]!,
  };
}
