import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipBytesEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** What the directory says instead of the truth. */
  readonly lies?: {
    readonly bytes?: number;
    readonly crc?: number;
    readonly offset?: number;
    readonly method?: number;
  };
}

/** A zip archive in memory, honest or not: what the reader's tests read. */
export function zipBytes(entries: readonly ZipBytesEntry[]): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, deflate = false, lies = {} } of entries) {
    const nameBytes = Buffer.from(name);
    const body = deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    // Version, flags, method, time, date, CRC, sizes, name length: the fields both headers share.
    const common = Buffer.alloc(24);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(lies.method ?? (deflate ? 8 : 0), 4);
    common.writeUInt32LE(lies.crc ?? crc32(bytes), 10);
    common.writeUInt32LE(lies.bytes !== undefined && !deflate ? lies.bytes : body.length, 14);
    common.writeUInt32LE(lies.bytes ?? bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.alloc(2), nameBytes]);
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE(lies.offset ?? offset, 12);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, nameBytes]));
    local.push(header, body);
    offset += header.length + body.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}
