/** Ogg: pages of one logical stream, and the packets in them. */
import type { Faults } from '../audio-reader.js';
import { type Bytes, tagAt, viewOf } from '../file-bytes.js';

const HEADER_BYTES = 27;
const MOST_PAGE_BYTES = HEADER_BYTES + 255 + 255 * 255;
const SEARCH_BYTES = 1 << 16;
/** A packet of several pages; none of sound is longer. */
const MOST_PACKET_BYTES = 1 << 22;

export interface OggPacket {
  readonly bytes: Uint8Array;
  /** Where the stream is after it, in samples of the codec's clock; -1 where its page does not say. */
  readonly granule: number;
  /** Of the stream. */
  readonly isLast: boolean;
}

interface Page {
  readonly at: number;
  readonly end: number;
  readonly isContinued: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly granule: number;
  readonly serial: number;
  readonly lacing: Uint8Array;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

export class OggPackets {
  /** Of the first stream in the file; others are passed over. */
  #serial: number | undefined;
  #at = 0;
  /** Packets of the page in hand that are to come. */
  readonly #ready: OggPacket[] = [];
  /** The beginning of a packet that goes on in the next page. */
  #open: Uint8Array[] = [];
  #openBytes = 0;
  /** Whether what is begun elsewhere is to be dropped. */
  #isLost = false;
  #isOver = false;

  constructor(
    private readonly bytes: Bytes,
    private readonly faults: Faults,
  ) {}

  next(): OggPacket | undefined {
    while (this.#ready.length === 0 && !this.#isOver) this.#takePage();
    return this.#ready.shift();
  }

  /** Byte of the page that comes next. */
  get position(): number {
    return this.#at;
  }

  /** Goes on with the page that begins at or after byte `at`; a packet that began before it is passed over. */
  restart(at: number): void {
    this.#at = at;
    this.#ready.length = 0;
    this.#dropOpen();
    this.#isLost = true;
    this.#isOver = false;
  }

  /** Of the last page: where the stream ends; -1 where it cannot be found. */
  lastGranule(): number {
    let last = -1;
    for (let at = Math.max(0, this.bytes.size - 2 * MOST_PAGE_BYTES); ; ) {
      const page = this.#find(at);
      if (page === undefined) return last;
      if (page.granule >= 0) last = page.granule;
      at = page.end;
    }
  }

  /** Byte of the last page from `from` on that ends at `granule` or before it; -1 where none does. */
  pageBefore(granule: number, from: number): number {
    let low = from;
    let high = this.bytes.size;
    let found = -1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const page = this.#findWithGranule(middle, high);
      if (page === undefined || page.granule > granule) high = middle;
      else {
        found = page.at;
        low = page.end;
      }
    }
    return found;
  }

  #findWithGranule(from: number, end: number): Page | undefined {
    for (let at = from; ; ) {
      const page = this.#find(at);
      if (page === undefined || page.at >= end) return undefined;
      if (page.granule >= 0) return page;
      at = page.end;
    }
  }

  #takePage(): void {
    const page = this.#find(this.#at);
    if (page === undefined) {
      this.#isOver = true;
      return;
    }
    if (page.at > this.#at && !this.#isLost) {
      this.faults.add('a stretch of it is no sound');
      this.#dropOpen();
      this.#isLost = true;
    }
    this.#at = page.end;
    this.#serial ??= page.serial;
    const body = this.bytes.read(page.at + HEADER_BYTES + page.lacing.length, page.end - page.at).slice();
    this.#split(page, body);
    if (page.isLast) this.#isOver = true;
  }

  #split(page: Page, body: Uint8Array): void {
    if (!page.isContinued) this.#dropOpen();
    let isDropped = page.isContinued && this.#isLost;
    this.#isLost = false;
    let lastWhole = -1;
    for (let i = 0; i < page.lacing.length; i++) if (page.lacing[i]! < 255) lastWhole = i;
    let start = 0;
    let end = 0;
    for (let i = 0; i < page.lacing.length; i++) {
      end += page.lacing[i]!;
      if (page.lacing[i] === 255) continue;
      if (!isDropped) {
        this.#keep(body.subarray(start, end));
        const granule = i === lastWhole ? page.granule : -1;
        this.#ready.push({ bytes: this.#joined(), granule, isLast: page.isLast && i === lastWhole });
      }
      isDropped = false;
      start = end;
    }
    if (end === start) return;
    if (isDropped) this.#isLost = true;
    else this.#keep(body.subarray(start, end));
  }

  #keep(piece: Uint8Array): void {
    if (this.#openBytes + piece.length > MOST_PACKET_BYTES) this.#dropOpen();
    this.#open.push(piece);
    this.#openBytes += piece.length;
  }

  #joined(): Uint8Array {
    const whole = new Uint8Array(this.#openBytes);
    let at = 0;
    for (const piece of this.#open) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#dropOpen();
    return whole;
  }

  #dropOpen(): void {
    this.#open = [];
    this.#openBytes = 0;
  }

  /** The first whole page of the stream at `from` or later. */
  #find(from: number): Page | undefined {
    for (let at = from; at < this.bytes.size; at += SEARCH_BYTES) {
      const piece = this.bytes.read(at, SEARCH_BYTES + 3).slice();
      for (let i = 0; i + 4 <= piece.length; i++) {
        if (piece[i] !== 0x4f || tagAt(piece, i) !== 'OggS') continue;
        const page = this.#readPage(at + i);
        if (page !== undefined && (this.#serial === undefined || page.serial === this.#serial)) return page;
      }
    }
    return undefined;
  }

  #readPage(at: number): Page | undefined {
    const bytes = this.bytes.read(at, MOST_PAGE_BYTES);
    if (bytes.length < HEADER_BYTES || bytes[4] !== 0) return undefined;
    const view = viewOf(bytes);
    const segments = bytes[26]!;
    const lacing = bytes.slice(HEADER_BYTES, HEADER_BYTES + segments);
    const length = HEADER_BYTES + segments + lacing.reduce((sum, size) => sum + size, 0);
    if (length > bytes.length) return undefined;
    let crc = 0;
    for (let i = 0; i < length; i++) {
      const byte = i >= 22 && i < 26 ? 0 : bytes[i]!;
      crc = ((crc << 8) ^ table[(crc >>> 24) ^ byte]!) >>> 0;
    }
    if (crc !== view.getUint32(22, true)) return undefined;
    const flags = bytes[5]!;
    return {
      at,
      end: at + length,
      isContinued: (flags & 1) !== 0,
      isFirst: (flags & 2) !== 0,
      isLast: (flags & 4) !== 0,
      granule: Number(view.getBigInt64(6, true)),
      serial: view.getUint32(14, true),
      lacing,
    };
  }
}
