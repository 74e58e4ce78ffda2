/** The end came in the middle of something. */
export class OutOfBits extends Error {}

/** Bits of a stretch of bytes, highest first. Reused: `begin` starts anew. */
export class HighFirstBits {
  #bytes: Uint8Array = new Uint8Array(0);
  /** In bits. */
  #at = 0;
  #end = 0;

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = 8 * bytes.length;
  }

  /** Bytes that were touched. */
  get bytesTaken(): number {
    return (this.#at + 7) >> 3;
  }

  /** `count` of 0 to 32 bits, as an unsigned number. */
  take(count: number): number {
    if (this.#at + count > this.#end) throw new OutOfBits();
    let value = 0;
    for (let left = count; left > 0; ) {
      const inByte = 8 - (this.#at & 7);
      const n = left < inByte ? left : inByte;
      const bits = (this.#bytes[this.#at >> 3]! >> (inByte - n)) & ((1 << n) - 1);
      value = value * (1 << n) + bits;
      this.#at += n;
      left -= n;
    }
    return value;
  }

  /** `count` of 1 to 33 bits, in two's complement. */
  takeSigned(count: number): number {
    const high = this.take(1);
    return this.take(count - 1) - high * 2 ** (count - 1);
  }

  /** Zeros before the next one, which is taken too. */
  takeUnary(): number {
    let zeros = 0;
    while (this.#at < this.#end) {
      const rest = this.#bytes[this.#at >> 3]! & (0xff >> (this.#at & 7));
      if (rest === 0) {
        const left = 8 - (this.#at & 7);
        zeros += left;
        this.#at += left;
        continue;
      }
      const lead = Math.clz32(rest) - 24 - (this.#at & 7);
      this.#at += lead + 1;
      return zeros + lead;
    }
    throw new OutOfBits();
  }

  skipToByte(): void {
    this.#at = (this.#at + 7) & ~7;
  }
}
