import assert from 'node:assert/strict';
import { ZipArchive } from '../../../models/import/zip.js';
import { assertModelError } from '../../support/model-errors.js';
import { type ZipBytesEntry, zipBytes } from '../../support/zip-bytes.js';

const hello: ZipBytesEntry = { name: 'hello', bytes: Buffer.from('hello world') };

describe('zip archive', () => {
  it('reads stored and deflated entries', () => {
    const long = Buffer.alloc(100_000, 'sound');
    const archive = new ZipArchive(zipBytes([hello, { name: 'dir/long', bytes: long, deflate: true }]));
    assert.deepEqual(archive.names, ['hello', 'dir/long']);
    assert.equal(Buffer.from(archive.read('hello')).toString(), 'hello world');
    assert.equal(archive.size('dir/long'), 100_000);
    assert.deepEqual(Buffer.from(archive.read('dir/long')), long);
    assert.equal(archive.size('other'), undefined);
  });

  const lies: readonly [string, ZipBytesEntry[], RegExp][] = [
    ['a stored size beyond the file', [{ ...hello, lies: { bytes: 10_000 } }], /runs into the directory/],
    ['an offset beyond the file', [{ ...hello, lies: { offset: 10_000 } }], /no header at 10000/],
    ['overlapping entries', [hello, { ...hello, name: 'again', lies: { offset: 0 } }], /overlaps/],
    ['an entry twice', [hello, hello], /two entries hello/],
    ['an unknown compression', [{ ...hello, lies: { method: 12 } }], /method 12/],
    ['a 4 GiB entry', [{ ...hello, deflate: true, lies: { bytes: 0xffffffff } }], /zip64/],
  ];
  for (const [what, entries, message] of lies) {
    it(`refuses ${what}`, () =>
      assertModelError(() => new ZipArchive(zipBytes(entries)), 'MODEL_ZIP', message));
  }

  it('refuses an entry that does not match its checksum', () => {
    const archive = new ZipArchive(zipBytes([{ ...hello, lies: { crc: 1 } }]));
    return assertModelError(() => archive.read('hello'), 'MODEL_ZIP', /checksum/);
  });

  it('takes entries that claim more than the file has, up to its limit', async () => {
    const bytes = zipBytes([{ name: 'long', bytes: Buffer.alloc(10_000), deflate: true }]);
    assert.equal(new ZipArchive(bytes, { inflatedBytes: 10_000 }).read('long').length, 10_000);
    await assertModelError(() => new ZipArchive(bytes, { inflatedBytes: 100 }), 'MODEL_ZIP', /cannot hold/);
  });

  it('inflates no further than the stated size', () => {
    const bomb: ZipBytesEntry = {
      name: 'bomb',
      bytes: Buffer.alloc(50_000_000),
      deflate: true,
      lies: { bytes: 100 },
    };
    const archive = new ZipArchive(zipBytes([bomb]));
    return assertModelError(() => archive.read('bomb'), 'MODEL_ZIP', /does not inflate to its 100 bytes/);
  });

  it('refuses every truncation', async () => {
    const file = zipBytes([hello]);
    for (let bytes = 0; bytes < file.length; bytes++) {
      await assertModelError(() => new ZipArchive(file.subarray(0, bytes)).read('hello'), 'MODEL_ZIP');
    }
  });
});
