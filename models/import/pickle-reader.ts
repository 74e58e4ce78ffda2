import { ModelError } from '../errors.js';

/** Longer integers than any checkpoint holds would only burn time. */
const MAX_LONG_BYTES = 64;
const MAX_LINE_BYTES = 1024;
const NEWLINE = 0x0a;

/** Reads the arguments of pickle opcodes. Every read is checked against the end; throws MODEL_PICKLE. */
export class PickleReader {
  position = 0;
  private readonly view: DataView;
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true });

  constructor(private readonly data: Uint8Array) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** A size: beyond 2^53 it cannot fit into any file, so rounding does no harm. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }

  /** Big-endian, the one such number in the format. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** Two's complement, little-endian; a number where that is exact, else a bigint. */
  long(byteLength: number): number | bigint {
    if (byteLength > MAX_LONG_BYTES) {
      throw new ModelError(
        'MODEL_PICKLE_LIMIT',
        `Expected integers of at most ${MAX_LONG_BYTES} bytes but received ${byteLength}.`,
      );
    }
    const start = this.advance(byteLength);
    let value = 0n;
    for (let i = byteLength - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.data[start + i]!);
    if (byteLength > 0 && this.data[start + byteLength - 1]! >= 0x80) value -= 1n << BigInt(8 * byteLength);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** A view, not a copy. */
  bytes(byteLength: number): Uint8Array {
    const start = this.advance(byteLength);
    return this.data.subarray(start, start + byteLength);
  }

  text(byteLength: number): string {
    try {
      return this.utf8.decode(this.bytes(byteLength));
    } catch (cause) {
      if (cause instanceof ModelError) throw cause;
      throw new ModelError('MODEL_PICKLE', 'Malformed pickle: a string is not UTF-8.', { cause });
    }
  }

  latin1(byteLength: number): string {
    return String.fromCharCode(...this.bytes(this.checked(byteLength, MAX_LINE_BYTES)));
  }

  /** Up to a newline, which is consumed. */
  line(): string {
    const end = this.data.indexOf(NEWLINE, this.position);
    if (end < 0) throw new ModelError('MODEL_PICKLE', 'Malformed pickle: it ends inside a name.');
    const text = this.latin1(end - this.position);
    this.position = end + 1;
    return text;
  }

  private checked(byteLength: number, max: number): number {
    if (byteLength > max) {
      throw new ModelError(
        'MODEL_PICKLE_LIMIT',
        `Expected a name of at most ${max} bytes but received ${byteLength}.`,
      );
    }
    return byteLength;
  }

  private advance(byteLength: number): number {
    const start = this.position;
    if (byteLength > this.data.byteLength - start) {
      throw new ModelError(
        'MODEL_PICKLE',
        `Malformed pickle: it ends at byte ${this.data.byteLength}, where ${byteLength} more bytes from ${start} are needed.`,
      );
    }
    this.position = start + byteLength;
    return start;
  }
}
