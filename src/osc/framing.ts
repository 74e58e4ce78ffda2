/**
 * Packets in a stream of bytes: each after its length, as OSC 1.0 has it, or between the marks of SLIP (RFC 1055), as
 * OSC 1.1 has it. The first byte tells them apart: no packet is long enough for a length that begins with anything but 0.
 */
import { WIRE_LIMITS } from './wire.js';

export type Framing = 'length' | 'slip';

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;
const SLASH = 0x2f;
const HASH = 0x23;
const HEAD_BYTES = 4;
const FIRST_BUFFER_BYTES = 1024;

/** Takes a stream apart. Holds one packet at most, of WIRE_LIMITS.maxPacketBytes. */
export class Deframer {
  /** Known from the first byte on. */
  framing: Framing | undefined;
  /** What cannot be read any further, for a person: the stream is to be closed. */
  failure: string | undefined;
  private buffer = Buffer.alloc(0);
  private numFilled = 0;
  /** Of the length: how many bytes are there, and what they make. */
  private numHead = 0;
  private length = 0;
  private isEscaped = false;

  /** `onPacket` must not throw and must not keep `bytes`. */
  constructor(private readonly onPacket: (bytes: Uint8Array) => void) {}

  /** A packet has begun and is not complete. */
  get isInside(): boolean {
    return this.numFilled > 0 || this.numHead > 0 || this.isEscaped;
  }

  /** Linear in the number of bytes. After a failure nothing is read. */
  take(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.framing ??= framingOf(chunk[0]!);
    if (this.framing === 'length') this.takeLengths(chunk);
    else if (this.framing === 'slip') this.takeSlip(chunk);
    else this.failure ??= 'a stream begins with a length of 4 bytes, or with a packet in SLIP';
  }

  private takeLengths(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.failure === undefined) {
      if (this.numHead < HEAD_BYTES) {
        this.length = this.length * 256 + chunk[at++]!;
        if (++this.numHead === HEAD_BYTES) this.checkLength();
        continue;
      }
      const missing = this.length - this.numFilled;
      const part = chunk.subarray(at, at + missing);
      at += part.length;
      if (this.numFilled === 0 && part.length === missing) this.deliver(part);
      else {
        this.reserve(this.length);
        this.buffer.set(part, this.numFilled);
        this.numFilled += part.length;
        if (this.numFilled === this.length) this.deliver(this.buffer.subarray(0, this.length));
      }
    }
  }

  private checkLength(): void {
    if (this.length > WIRE_LIMITS.maxPacketBytes)
      this.failure = `a packet of ${this.length} bytes is announced, the limit is ${WIRE_LIMITS.maxPacketBytes}`;
    else if (this.length === 0) this.reset();
  }

  private takeSlip(chunk: Uint8Array): void {
    for (let k = 0; k < chunk.length && this.failure === undefined; k++) {
      const byte = chunk[k]!;
      if (byte === END) {
        if (this.numFilled > 0) this.deliver(this.buffer.subarray(0, this.numFilled));
        this.isEscaped = false;
      } else if (this.isEscaped) {
        this.isEscaped = false;
        if (byte === ESC_END) this.append(END);
        else if (byte === ESC_ESC) this.append(ESC);
        else this.failure = `in SLIP byte ${byte} cannot follow ${ESC}`;
      } else if (byte === ESC) this.isEscaped = true;
      else this.append(byte);
    }
  }

  private append(byte: number): void {
    if (this.numFilled === WIRE_LIMITS.maxPacketBytes) {
      this.failure = `a packet is longer than ${WIRE_LIMITS.maxPacketBytes} bytes`;
      return;
    }
    if (this.numFilled === this.buffer.length)
      this.reserve(
        Math.min(WIRE_LIMITS.maxPacketBytes, Math.max(FIRST_BUFFER_BYTES, 2 * this.buffer.length)),
      );
    this.buffer[this.numFilled++] = byte;
  }

  private reserve(numBytes: number): void {
    if (this.buffer.length >= numBytes) return;
    const grown = Buffer.alloc(numBytes);
    grown.set(this.buffer.subarray(0, this.numFilled));
    this.buffer = grown;
  }

  private deliver(bytes: Uint8Array): void {
    this.reset();
    this.onPacket(bytes);
  }

  private reset(): void {
    this.numFilled = 0;
    this.numHead = 0;
    this.length = 0;
  }
}

function framingOf(first: number): Framing | undefined {
  if (first === 0) return 'length';
  return first === END || first === SLASH || first === HASH ? 'slip' : undefined;
}

/** A packet as it goes into a stream. SLIP has its mark at both ends, as OSC 1.1 asks. */
export function frame(packet: Uint8Array, framing: Framing): Uint8Array {
  if (framing === 'length') {
    const framed = Buffer.allocUnsafe(HEAD_BYTES + packet.length);
    framed.writeUInt32BE(packet.length);
    framed.set(packet, HEAD_BYTES);
    return framed;
  }
  const framed = Buffer.allocUnsafe(2 + 2 * packet.length);
  let at = 0;
  framed[at++] = END;
  for (const byte of packet) {
    if (byte === END || byte === ESC) {
      framed[at++] = ESC;
      framed[at++] = byte === END ? ESC_END : ESC_ESC;
    } else framed[at++] = byte;
  }
  framed[at++] = END;
  return framed.subarray(0, at);
}
