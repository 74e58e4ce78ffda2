/** Appends small records to a file in large writes, at once or behind the caller's back. */
import { write, writeSync } from 'node:fs';

/** Bytes of one write to the disk, and how many such buffers may wait: 4 MB, 14 s of 24-bit stereo at 48 kHz. */
const BUFFER_BYTES = 65536;
const LIVE_BUFFERS = 64;

export type MakeHeader = (dataBytes: number) => Buffer;

/**
 * A bounded ring of buffers. The caller fills the head; full buffers go to the disk one after the other.
 * Offline the write is synchronous and one buffer is enough; live it is a job of Node's own threads, so that
 * `reserve` never waits: with every buffer full it refuses.
 */
export class FileTail {
  private readonly buffers: Buffer[];
  private readonly views: DataView[];
  /** Bytes filled of each buffer. */
  private readonly filled: number[];
  private readonly capacity: number;
  private head = 0;
  private oldest = 0;
  private fileOffset: number;
  private isWriting = false;
  private makeHeader: MakeHeader | undefined;
  private onIdle: (() => void) | undefined;
  private failed: Error | undefined;

  /** `start`: bytes of the header, where the records begin. */
  constructor(
    private readonly fd: number,
    private readonly start: number,
    private readonly recordBytes: number,
    private readonly mode: 'live' | 'offline',
  ) {
    const count = mode === 'live' ? LIVE_BUFFERS : 2;
    this.capacity = Math.max(1, Math.floor(BUFFER_BYTES / recordBytes)) * recordBytes;
    this.buffers = Array.from({ length: count }, () => Buffer.alloc(this.capacity));
    this.views = this.buffers.map((b) => new DataView(b.buffer, b.byteOffset, b.byteLength));
    this.filled = new Array<number>(count).fill(0);
    this.fileOffset = start;
  }

  /** What the disk said first; everything after it was left out. */
  get failure(): Error | undefined {
    return this.failed;
  }

  /** The buffer that `reserve` gives places in. */
  get view(): DataView {
    return this.views[this.head]!;
  }

  /** The place of the next record in `view`, or -1 when there is no room. Fill it before the next call. */
  reserve(): number {
    if (this.failed !== undefined) return -1;
    if (this.filled[this.head] === this.capacity && !this.advance()) return -1;
    const offset = this.filled[this.head]!;
    this.filled[this.head] = offset + this.recordBytes;
    return offset;
  }

  /** Hands what there is to the disk, the header after it. */
  flush(makeHeader: MakeHeader): void {
    this.makeHeader = makeHeader;
    if (this.filled[this.head]! > 0) this.advance();
  }

  /** Everything to the disk, then the padding and the header. */
  async finish(makeHeader: MakeHeader): Promise<void> {
    this.flush(makeHeader);
    if (this.filled[this.head]! > 0) await this.idle().then(() => this.advance());
    await this.idle();
    if (this.failed !== undefined) return;
    try {
      const dataBytes = this.fileOffset - this.start;
      if (dataBytes % 2 === 1) writeSync(this.fd, Buffer.alloc(1), 0, 1, this.fileOffset);
      const header = makeHeader(dataBytes);
      writeSync(this.fd, header, 0, header.length, 0);
    } catch (error) {
      this.failed = error as Error;
    }
  }

  private idle(): Promise<void> {
    if (!this.isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      this.onIdle = resolve;
    });
  }

  /** Moves the head to the next buffer, if that one is free. */
  private advance(): boolean {
    const next = (this.head + 1) % this.buffers.length;
    if (next === this.oldest) return false;
    this.head = next;
    if (this.mode === 'offline') this.writeNow();
    else if (!this.isWriting) this.writeLater();
    return true;
  }

  private writeNow(): void {
    try {
      while (this.oldest !== this.head) {
        const bytes = this.filled[this.oldest]!;
        writeSync(this.fd, this.buffers[this.oldest]!, 0, bytes, this.fileOffset);
        this.release(bytes);
      }
      const header = this.takeHeader();
      if (header !== undefined) writeSync(this.fd, header, 0, header.length, 0);
    } catch (error) {
      this.failed = error as Error;
    }
  }

  /** One job at a time: the oldest buffer, or the header when all are written. */
  private writeLater(): void {
    this.isWriting = true;
    if (this.oldest !== this.head) {
      const bytes = this.filled[this.oldest]!;
      write(this.fd, this.buffers[this.oldest]!, 0, bytes, this.fileOffset, (error) => {
        if (error === null) this.release(bytes);
        this.onWritten(error);
      });
      return;
    }
    const header = this.takeHeader();
    if (header !== undefined) {
      write(this.fd, header, 0, header.length, 0, (error) => this.onWritten(error));
      return;
    }
    this.isWriting = false;
    this.onIdle?.();
    this.onIdle = undefined;
  }

  private onWritten(error: Error | null): void {
    if (error === null) {
      this.writeLater();
      return;
    }
    this.failed = error;
    this.isWriting = false;
    this.onIdle?.();
    this.onIdle = undefined;
  }

  private release(bytes: number): void {
    this.fileOffset += bytes;
    this.filled[this.oldest] = 0;
    this.oldest = (this.oldest + 1) % this.buffers.length;
  }

  private takeHeader(): Buffer | undefined {
    const header = this.makeHeader?.(this.fileOffset - this.start);
    this.makeHeader = undefined;
    return header;
  }
}
