/** Bits of a Vorbis packet, lowest first. Beyond the end all bits are 0 and `isOver` says so, as the format has it. */
export class PacketBits {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = 8 * bytes.length;
  }

  get isOver(): boolean {
    return this.#at > this.#end;
  }

  /** `count` of 0 to 32. */
  take(count: number): number {
    let value = 0;
    for (let done = 0; done < count; ) {
      const shift = this.#at & 7;
      const n = Math.min(8 - shift, count - done);
      const byte = this.#at < this.#end ? this.#bytes[this.#at >> 3]! : 0;
      value += ((byte >> shift) & ((1 << n) - 1)) * 2 ** done;
      this.#at += n;
      done += n;
    }
    return value;
  }

  /** The next `count` of up to 16 bits, which stay. */
  peek(count: number): number {
    const at = this.#at >> 3;
    const bytes = this.#bytes;
    const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (three >> (this.#at & 7)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#at += count;
  }
}

/** Bits that a number from 0 to `value` takes. */
export function bitsOf(value: number): number {
  return value <= 0 ? 0 : 32 - Math.clz32(value);
}
