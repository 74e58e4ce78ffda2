/** OSC packets to bytes. What a type cannot hold is refused by a coded error, never bent. */
import { OscError } from '../control/errors.js';
import type { OscArg, OscPacket, TimeTag } from './wire.js';

export function encodePacket(packet: OscPacket): Uint8Array {
  const writer = new Writer();
  writePacket(writer, packet);
  return writer.bytes();
}

function writePacket(writer: Writer, packet: OscPacket): void {
  if (packet.kind === 'message') {
    writer.string(packet.address);
    writer.string(`,${packet.args.map(tagOf).join('')}`);
    for (const arg of packet.args) writeArg(writer, arg);
    return;
  }
  writer.string('#bundle');
  writeTimeTag(writer, packet.timeTag);
  for (const element of packet.elements) {
    const sizeAt = writer.length;
    writer.uint32(0);
    writePacket(writer, element);
    writer.setUint32(sizeAt, writer.length - sizeAt - 4);
  }
}

function tagOf(arg: OscArg): string {
  return arg.type === '[' ? `[${arg.value.map(tagOf).join('')}]` : arg.type;
}

function writeArg(writer: Writer, arg: OscArg): void {
  switch (arg.type) {
    case 'i':
      checkInteger(arg.value, -0x8000_0000, 0x7fff_ffff, 'i (int32)');
      writer.int32(arg.value);
      return;
    case 'f':
      writer.float32(arg.value);
      return;
    case 'd':
      writer.float64(arg.value);
      return;
    case 'h':
      if (BigInt.asIntN(64, arg.value) !== arg.value) refuse(`${arg.value}`, 'h (int64)');
      writer.int64(arg.value);
      return;
    case 's':
    case 'S':
      writer.string(arg.value);
      return;
    case 'c':
      if (arg.value.length !== 1 || arg.value.charCodeAt(0) > 0x7f)
        refuse(arg.value, 'c (one ASCII character)');
      writer.uint32(arg.value.charCodeAt(0));
      return;
    case 'b':
      writer.uint32(arg.value.byteLength);
      writer.raw(arg.value);
      return;
    case 't':
      writeTimeTag(writer, arg.value);
      return;
    case 'r':
      checkInteger(arg.value, 0, 0xffff_ffff, 'r (uint32)');
      writer.uint32(arg.value);
      return;
    case 'm':
      for (const byte of arg.value) checkInteger(byte, 0, 255, 'm (four bytes)');
      writer.raw(Uint8Array.from(arg.value));
      return;
    case '[':
      for (const element of arg.value) writeArg(writer, element);
  }
}

function writeTimeTag(writer: Writer, tag: TimeTag): void {
  checkInteger(tag.seconds, 0, 0xffff_ffff, 'a time tag');
  checkInteger(tag.fraction, 0, 0xffff_ffff, 'a time tag');
  writer.uint32(tag.seconds);
  writer.uint32(tag.fraction);
}

function checkInteger(value: number, min: number, max: number, type: string): void {
  if (!Number.isInteger(value) || value < min || value > max) refuse(`${value}`, type);
}

function refuse(value: string, type: string): never {
  throw new OscError('OSC_BAD_ENCODING', `${JSON.stringify(value)} cannot be written as ${type}.`);
}

/** Bytes that grow; every item is padded with zeros to four bytes. */
class Writer {
  length = 0;
  private buffer = Buffer.alloc(256);

  int32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    this.setUint32(this.reserve(4), value);
  }

  setUint32(at: number, value: number): void {
    this.buffer.writeUInt32BE(value, at);
  }

  float32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeFloatBE(value, at);
  }

  float64(value: number): void {
    const at = this.reserve(8);
    this.buffer.writeDoubleBE(value, at);
  }

  int64(value: bigint): void {
    const at = this.reserve(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  string(value: string): void {
    if (value.includes('\0')) refuse(value, 's (a string without zeros)');
    const at = this.reserve(Buffer.byteLength(value) + 1);
    this.buffer.write(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.byteLength);
    this.buffer.set(bytes, at);
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Offset of `numBytes` zeros, rounded up to four. May replace `buffer`: call it first. */
  private reserve(numBytes: number): number {
    const at = this.length;
    this.length += Math.ceil(numBytes / 4) * 4;
    if (this.length > this.buffer.byteLength) {
      const grown = Buffer.alloc(Math.max(this.length, this.buffer.byteLength * 2));
      this.buffer.copy(grown, 0, 0, at);
      this.buffer = grown;
    }
    return at;
  }
}
