/** Bytes to OSC packets. Total: any bytes give a packet or a refusal, in time linear in their number. */
import type { OscErrorCode } from '../control/errors.js';
import { type OscArg, type OscMessage, type OscPacket, type TimeTag, WIRE_LIMITS } from './wire.js';

export type Decoded =
  | { readonly ok: true; readonly packet: OscPacket; readonly numMessages: number }
  | { readonly ok: false; readonly code: OscErrorCode; readonly message: string };

/** `bytes` may be a view anywhere into a larger buffer. Nothing of the result refers to it. */
export function decodePacket(bytes: Uint8Array): Decoded {
  if (bytes.byteLength > WIRE_LIMITS.maxPacketBytes)
    return { ok: false, ...tooBig(`${bytes.byteLength} bytes`, `${WIRE_LIMITS.maxPacketBytes}`) };
  const decoder = new Decoder(bytes);
  const packet = decoder.packet(0, bytes.byteLength, 1);
  if (packet === undefined || decoder.refusal !== undefined)
    return { ok: false, ...(decoder.refusal ?? badPacket('it is empty')) };
  return { ok: true, packet, numMessages: decoder.numMessages };
}

interface Refusal {
  readonly code: OscErrorCode;
  readonly message: string;
}

function badPacket(reason: string): Refusal {
  return { code: 'OSC_BAD_PACKET', message: `This is no OSC packet: ${reason}.` };
}

function tooBig(found: string, limit: string): Refusal {
  return { code: 'OSC_PACKET_TOO_BIG', message: `The packet has ${found}, the limit is ${limit}.` };
}

const BUNDLE_HEAD = '#bundle';
const SLASH = 0x2f;
const HASH = 0x23;
const COMMA = 0x2c;
const NO_ARGS: readonly OscArg[] = [];

/** Reads one packet. After a refusal every reader returns its zero and the whole is given up. */
class Decoder {
  refusal: Refusal | undefined;
  numMessages = 0;
  private readonly text: Buffer;
  private readonly view: DataView;
  private offset = 0;
  private end = 0;

  constructor(bytes: Uint8Array) {
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The packet in [start, end). */
  packet(start: number, end: number, depth: number): OscPacket | undefined {
    if (end - start < 4 || (end - start) % 4 !== 0) return this.refuse(badPacket(`${end - start} bytes`));
    this.offset = start;
    this.end = end;
    const first = this.text[start];
    if (first === SLASH) return this.message();
    if (first === HASH) return this.bundle(end, depth);
    return this.refuse(badPacket('it starts with neither an address nor #bundle'));
  }

  private bundle(end: number, depth: number): OscPacket | undefined {
    if (depth > WIRE_LIMITS.maxBundleDepth)
      return this.refuse(tooBig(`bundles ${depth} deep`, `${WIRE_LIMITS.maxBundleDepth}`));
    if (this.string('the head of the bundle') !== BUNDLE_HEAD)
      return this.refuse(badPacket('it starts with # but not with #bundle'));
    const timeTag = this.timeTag();
    const elements: OscPacket[] = [];
    while (this.refusal === undefined && this.offset < end) {
      const size = this.uint32();
      const start = this.offset;
      if (size > end - start) return this.refuse(badPacket('a bundle element is larger than its bundle'));
      const element = this.packet(start, start + size, depth + 1);
      if (element === undefined) return undefined;
      elements.push(element);
      this.offset = start + size;
      this.end = end;
    }
    return { kind: 'bundle', timeTag, elements };
  }

  private message(): OscMessage | undefined {
    if (++this.numMessages > WIRE_LIMITS.maxMessages)
      return this.refuse(
        tooBig(`more than ${WIRE_LIMITS.maxMessages} messages`, `${WIRE_LIMITS.maxMessages}`),
      );
    const address = this.string('the address');
    if (address.length > WIRE_LIMITS.maxAddressBytes)
      return this.refuse(
        tooBig(`an address of ${address.length} characters`, `${WIRE_LIMITS.maxAddressBytes}`),
      );
    const args = this.offset === this.end ? NO_ARGS : this.args();
    if (this.refusal === undefined && this.offset !== this.end)
      return this.refuse(badPacket(`${this.end - this.offset} bytes follow the last argument`));
    return { kind: 'message', address, args };
  }

  private args(): readonly OscArg[] {
    if (this.text[this.offset] !== COMMA) {
      this.refuse(badPacket('no type tags follow the address'));
      return NO_ARGS;
    }
    const tags = this.string('the type tags');
    if (tags.length - 1 > WIRE_LIMITS.maxArgs) {
      this.refuse(tooBig(`${tags.length - 1} type tags`, `${WIRE_LIMITS.maxArgs}`));
      return NO_ARGS;
    }
    const open: OscArg[][] = [];
    let args: OscArg[] = [];
    for (let i = 1; i < tags.length && this.refusal === undefined; i++) {
      const tag = tags[i]!;
      if (tag === '[') {
        if (open.length === WIRE_LIMITS.maxArrayDepth)
          this.refuse(tooBig(`arrays ${open.length + 1} deep`, `${WIRE_LIMITS.maxArrayDepth}`));
        open.push(args);
        args = [];
      } else if (tag === ']') {
        const outer = open.pop();
        if (outer === undefined) this.refuse(badPacket('an array is closed that was not opened'));
        else {
          outer.push({ type: '[', value: args });
          args = outer;
        }
      } else {
        const arg = this.arg(tag);
        if (arg !== undefined) args.push(arg);
      }
    }
    if (open.length > 0) this.refuse(badPacket('an array is not closed'));
    return args;
  }

  private arg(tag: string): OscArg | undefined {
    switch (tag) {
      case 'i':
        return { type: 'i', value: this.take(4) ? this.view.getInt32(this.offset - 4) : 0 };
      case 'f':
        return { type: 'f', value: this.take(4) ? this.view.getFloat32(this.offset - 4) : 0 };
      case 'd':
        return { type: 'd', value: this.take(8) ? this.view.getFloat64(this.offset - 8) : 0 };
      case 'h':
        return { type: 'h', value: this.take(8) ? this.view.getBigInt64(this.offset - 8) : 0n };
      case 's':
      case 'S':
        return { type: tag, value: this.string('a string') };
      case 'c':
        return { type: 'c', value: String.fromCharCode(this.uint32() & 0x7f) };
      case 'b':
        return { type: 'b', value: this.blob() };
      case 't':
        return { type: 't', value: this.timeTag() };
      case 'r':
        return { type: 'r', value: this.uint32() };
      case 'm':
        return { type: 'm', value: this.midi() };
      case 'T':
      case 'F':
      case 'N':
      case 'I':
        return { type: tag };
      default:
        return this.refuse(badPacket(`unknown type tag ${JSON.stringify(tag)}`));
    }
  }

  /** Moves on by `numBytes` when the packet has them. */
  private take(numBytes: number): boolean {
    if (numBytes > this.end - this.offset) {
      this.refuse(badPacket('it ends inside an argument'));
      return false;
    }
    this.offset += numBytes;
    return true;
  }

  private uint32(): number {
    return this.take(4) ? this.view.getUint32(this.offset - 4) : 0;
  }

  private timeTag(): TimeTag {
    const seconds = this.uint32();
    return { seconds, fraction: this.uint32() };
  }

  private midi(): readonly [number, number, number, number] {
    if (!this.take(4)) return [0, 0, 0, 0];
    const at = this.offset - 4;
    return [this.text[at]!, this.text[at + 1]!, this.text[at + 2]!, this.text[at + 3]!];
  }

  private blob(): Uint8Array {
    const size = this.uint32();
    const start = this.offset;
    // Math, not bits: a size near 2^32 must not wrap to a small one.
    return this.take(Math.ceil(size / 4) * 4)
      ? Uint8Array.from(this.text.subarray(start, start + size))
      : EMPTY;
  }

  /** A zero-terminated string padded to four bytes. */
  private string(what: string): string {
    const start = this.offset;
    const zero = this.text.indexOf(0, start);
    if (zero === -1 || zero >= this.end) {
      this.refuse(badPacket(`${what} is not terminated`));
      return '';
    }
    if (!this.take(Math.ceil((zero + 1 - start) / 4) * 4)) return '';
    return this.text.toString('utf8', start, zero);
  }

  /** Keeps the first refusal: those after it follow from it. */
  private refuse(refusal: Refusal): undefined {
    this.refusal ??= refusal;
    return undefined;
  }
}

const EMPTY = new Uint8Array(0);
