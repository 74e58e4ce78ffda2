/**
 * The half of protocol buffers that writing needs: varints, floats and length-delimited fields.
 * A message is a list of byte pieces, so that weights are copied once, at the end.
 */
export class Message {
  private readonly pieces: Uint8Array[] = [];
  private size = 0;

  get byteLength(): number {
    return this.size;
  }

  /** A non-negative number below 2^53, or any bigint of 64 bits (negative ones in two's complement). */
  integer(field: number, value: number | bigint): this {
    return this.push(varint(tag(field, 0)), varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(varint(tag(field, 5)), bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** `value` is not copied: it must stay as it is until `encode`. */
  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(tag(field, 2)), varint(value.byteLength), value);
  }

  message(field: number, value: Message): this {
    this.push(varint(tag(field, 2)), varint(value.size));
    return this.push(...value.pieces);
  }

  /** Repeated integers in the packed form. */
  packed(field: number, values: readonly (number | bigint)[]): this {
    const inner = new Message();
    for (const value of values) inner.push(varint(value));
    return this.message(field, inner);
  }

  encode(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.byteLength;
    }
    return all;
  }

  private push(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) {
      this.pieces.push(piece);
      this.size += piece.byteLength;
    }
    return this;
  }
}

function tag(field: number, wireType: 0 | 2 | 5): number {
  return field * 8 + wireType;
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
