import { crc32, inflateRawSync } from 'node:zlib';
import { ModelError } from '../errors.js';

/**
 * A strict reader of zip files, as torch.save and package feeds write them: stored or deflated entries, below 4 GiB.
 * APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16. The central directory is believed only where the
 * bytes bear it out: entries may not overlap, and nothing is inflated past its stated size.
 */

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
const METHOD_STORED = 0;
const METHOD_DEFLATED = 8;
const FLAG_ENCRYPTED = 1;
const MAX_ENTRIES = 65_534;
/** Entries may inflate to this much more than the file has: torch.save stores, only a repacked pickle is deflated. */
const MAX_INFLATED_BYTES = 8 * 2 ** 20;

export interface ZipLimits {
  /** How much more than the file has its entries may claim; 8 MiB when left out. */
  readonly inflatedBytes?: number;
}

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly localOffset: number;
}

export class ZipArchive {
  private readonly entries: ReadonlyMap<string, ZipEntry>;

  /** Reads the directory. Throws MODEL_ZIP. Keeps a view of `file`. */
  constructor(
    private readonly file: Uint8Array,
    { inflatedBytes = MAX_INFLATED_BYTES }: ZipLimits = {},
  ) {
    this.entries = readDirectory(file, inflatedBytes);
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  /** Uncompressed size in bytes, or undefined when there is no such entry. */
  size(name: string): number | undefined {
    return this.entries.get(name)?.bytes;
  }

  /** The bytes of an entry, checked against its CRC-32. A stored entry is a view of the file. Throws MODEL_ZIP. */
  read(name: string): Uint8Array {
    const entry = this.entries.get(name);
    if (entry === undefined) fail(`expected an entry ${name} but there is none`);
    const { start } = locate(this.file, entry);
    const raw = this.file.subarray(start, start + entry.compressedBytes);
    const bytes = entry.method === METHOD_STORED ? raw : inflate(raw, entry);
    if (bytes.byteLength !== entry.bytes) {
      fail(`entry ${name} has ${bytes.byteLength} bytes, its directory says ${entry.bytes}`);
    }
    if (crc32(bytes) !== entry.crc) fail(`entry ${name} does not match its checksum`);
    return bytes;
  }
}

/** Does this begin like a zip file? */
export function isZip(file: Uint8Array): boolean {
  return file.byteLength >= 4 && viewOf(file).getUint32(0, true) === LOCAL_SIGNATURE;
}

function inflate(raw: Uint8Array, entry: ZipEntry): Uint8Array {
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch (cause) {
    return fail(`entry ${entry.name} does not inflate to its ${entry.bytes} bytes`, cause);
  }
}

function readDirectory(file: Uint8Array, inflatedBytes: number): Map<string, ZipEntry> {
  const view = viewOf(file);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const directoryBytes = view.getUint32(end + 12, true);
  const directoryOffset = view.getUint32(end + 16, true);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) {
    fail('archives of several disks are not read');
  }
  if (count > MAX_ENTRIES || directoryOffset === 0xffffffff)
    fail('zip64 archives (4 GiB and more) are not read');
  if (directoryOffset + directoryBytes > end) {
    fail(
      `the directory at ${directoryOffset}..${directoryOffset + directoryBytes} runs past its end at ${end}`,
    );
  }
  const entries = new Map<string, ZipEntry>();
  let at = directoryOffset;
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL_SIGNATURE) {
      fail(`directory entry ${i} of ${count} is missing`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const next =
      at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) fail(`directory entry ${i} runs past the directory`);
    const entry: ZipEntry = {
      name: decodeName(file.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      localOffset: view.getUint32(at + 42, true),
    };
    checkEntry(entry, view.getUint16(at + 8, true));
    if (entries.has(entry.name)) fail(`there are two entries ${entry.name}`);
    total += entry.bytes;
    if (total > file.byteLength + inflatedBytes) {
      fail(`the entries claim ${total} bytes and more, which ${file.byteLength} cannot hold`);
    }
    entries.set(entry.name, entry);
    at = next;
  }
  checkOverlaps(file, [...entries.values()], directoryOffset);
  return entries;
}

function checkEntry(entry: ZipEntry, flags: number): void {
  // Nothing is ever written under an entry's name; a name that tries is a reason to distrust the file.
  if (/^[/\\]|^[A-Za-z]:|\\|(^|\/)\.\.(\/|$)|\0/.test(entry.name)) {
    fail(`entry ${JSON.stringify(entry.name.slice(0, 80))} names a path outside the archive`);
  }
  if (flags & FLAG_ENCRYPTED) fail(`entry ${entry.name} is encrypted`);
  if (entry.method !== METHOD_STORED && entry.method !== METHOD_DEFLATED) {
    fail(`entry ${entry.name} uses compression method ${entry.method}; only stored and deflate are read`);
  }
  if (
    entry.compressedBytes === 0xffffffff ||
    entry.bytes === 0xffffffff ||
    entry.localOffset === 0xffffffff
  ) {
    fail(`entry ${entry.name} is a zip64 entry (4 GiB and more)`);
  }
  if (entry.method === METHOD_STORED && entry.compressedBytes !== entry.bytes) {
    fail(`stored entry ${entry.name} has two sizes, ${entry.compressedBytes} and ${entry.bytes}`);
  }
}

function checkOverlaps(file: Uint8Array, entries: ZipEntry[], directoryOffset: number): void {
  let previousEnd = 0;
  for (const entry of entries.sort((a, b) => a.localOffset - b.localOffset)) {
    if (entry.localOffset < previousEnd) fail(`entry ${entry.name} overlaps the one before it`);
    const { end } = locate(file, entry);
    if (end > directoryOffset) fail(`entry ${entry.name} runs into the directory`);
    previousEnd = end;
  }
}

/** Where the entry's data lies. The local header has a name and an extra field of its own lengths. */
function locate(file: Uint8Array, entry: ZipEntry): { start: number; end: number } {
  const view = viewOf(file);
  const at = entry.localOffset;
  if (at + LOCAL_BYTES > file.byteLength || view.getUint32(at, true) !== LOCAL_SIGNATURE) {
    fail(`entry ${entry.name} has no header at ${at}`);
  }
  const start = at + LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  return { start, end: start + entry.compressedBytes };
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  return fail('there is no directory at its end; the file was cut short');
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail('an entry name is not UTF-8', cause);
  }
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

function fail(what: string, cause?: unknown): never {
  throw new ModelError('MODEL_ZIP', `Malformed zip archive: ${what}.`, { cause });
}
