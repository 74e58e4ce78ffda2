/**
 * Packets that are nearly right: valid ones of every kind, and what becomes of them when values, structure or bytes are
 * changed. Seeded: the same seed gives the same packets.
 */
import { encodePacket, type OscArg, type OscPacket } from '../../../osc/index.js';

/** [0, 1). */
export type Random = () => number;

/** mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const numbers = [0, -0, 1, -1, 0.5, 127, 1e-45, 3.4e38, -1e308, Number.NaN, Number.POSITIVE_INFINITY];
const texts = [
  '',
  'shore',
  '../../etc/passwd',
  '/etc/passwd',
  'cubic',
  '%s%n',
  'ü',
  'x'.repeat(300),
  '*',
  '\ufffd',
];
const partials = [
  '*',
  '?',
  '[a-z]',
  '[!a]',
  '{a,b}',
  '[',
  '{',
  '//',
  'level1Db',
  'node',
  '',
  '**',
  '[z-a]',
  '{,}',
];
/** What a byte that says something may become. */
const telling = Buffer.from('ifsbhtdScrmTFNI[],#/\0\xff\xc0\xdb*?{}', 'latin1');

/** Valid packets that are kept to be changed, and how often one of them is made anew: making takes longer than reading. */
const mostKept = 4096;
const renewedOneIn = 8;

export class Mutator {
  private readonly kept: Uint8Array[] = [];

  /** `addresses`: of what is there. `nowSeconds`: of time tags, NTP. */
  constructor(
    private readonly random: Random,
    private readonly addresses: readonly string[],
    private readonly nowSeconds: () => number,
  ) {}

  /** One packet: of three, one is as it was made and two have their bytes changed. */
  next(): Uint8Array {
    const at = this.below(mostKept);
    if (at >= this.kept.length) this.kept.push(this.valid());
    else if (this.below(renewedOneIn) === 0) this.kept[at] = this.valid();
    const bytes = this.pick(this.kept);
    return this.below(3) === 0 ? bytes : this.changed(bytes);
  }

  valid(): Uint8Array {
    return encodePacket(this.packet(0));
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  private packet(depth: number): OscPacket {
    if (depth < 10 && this.below(4) === 0) {
      const length = this.below(this.below(50) === 0 ? 200 : 5);
      return {
        kind: 'bundle',
        timeTag: this.timeTag(),
        elements: Array.from({ length }, () => this.packet(depth + 1)),
      };
    }
    const length = this.below(this.below(30) === 0 ? 40 : 3);
    return { kind: 'message', address: this.address(), args: Array.from({ length }, () => this.arg(0)) };
  }

  private timeTag(): { readonly seconds: number; readonly fraction: number } {
    const fraction = this.below(0x1_0000_0000);
    switch (this.below(4)) {
      case 0:
        return { seconds: 0, fraction: this.below(3) };
      case 1:
        return { seconds: this.below(0x1_0000_0000), fraction };
      default:
        return { seconds: (this.nowSeconds() + this.below(10) - 3) >>> 0, fraction };
    }
  }

  private address(): string {
    const address = this.pick(this.addresses);
    switch (this.below(6)) {
      case 0: {
        const parts = address.split('/');
        parts[this.below(parts.length)] = this.pick(partials);
        return `/${parts.join('/').replace(/^\/+/, '')}`;
      }
      case 1: {
        const at = this.below(address.length);
        return `/${address.slice(1, at)}${this.pick(partials)}${address.slice(at + 1)}`;
      }
      default:
        return address;
    }
  }

  private arg(depth: number): OscArg {
    switch (this.below(12)) {
      case 0:
        return { type: 'i', value: this.below(3) === 0 ? -0x8000_0000 : this.below(200) - 100 };
      case 1:
        return { type: 'h', value: BigInt(this.below(1000)) - (this.below(2) === 0 ? 2n ** 63n : 0n) };
      case 2:
        return { type: 'd', value: this.pick(numbers) };
      case 3:
        return { type: this.below(2) === 0 ? 's' : 'S', value: this.pick(texts) };
      case 4:
        return { type: 'b', value: new Uint8Array(this.below(70)) };
      case 5:
        return { type: 't', value: this.timeTag() };
      case 6:
        return { type: 'r', value: this.below(0x1_0000_0000) };
      case 7:
        return { type: 'm', value: [this.below(256), this.below(256), this.below(256), this.below(256)] };
      case 8:
        return { type: this.pick(['T', 'F', 'N', 'I'] as const) };
      case 9:
        return depth < 10
          ? { type: '[', value: Array.from({ length: this.below(4) }, () => this.arg(depth + 1)) }
          : { type: 'c', value: 'c' };
      default:
        return { type: 'f', value: this.below(2) === 0 ? this.random() : this.pick(numbers) };
    }
  }

  private changed(packet: Uint8Array): Uint8Array {
    let bytes = Buffer.from(packet);
    for (let left = 1 + this.below(4); left > 0 && bytes.length > 0; left--) {
      const at = this.below(bytes.length);
      const word = at & ~3;
      switch (this.below(8)) {
        case 0:
          bytes[at] = this.below(256);
          break;
        case 1:
          bytes[at] = telling[this.below(telling.length)]!;
          break;
        case 2:
          bytes[at]! ^= 1 << this.below(8);
          break;
        case 3:
          bytes = bytes.subarray(0, this.below(2) === 0 ? at : word);
          break;
        case 4:
          bytes = Buffer.concat([bytes, bytes.subarray(word)]);
          break;
        case 5:
          // A length, or what is taken for one.
          if (word + 4 <= bytes.length)
            bytes.writeInt32BE(this.pick([0, 4, -4, 7, 0x7fff_ffff, -0x8000_0000, bytes.length]), word);
          break;
        case 6:
          bytes = Buffer.concat([bytes.subarray(0, word), this.valid(), bytes.subarray(word)]);
          break;
        default:
          bytes = Buffer.concat([bytes.subarray(0, word), bytes.subarray(Math.min(bytes.length, word + 4))]);
      }
    }
    return bytes;
  }
}
