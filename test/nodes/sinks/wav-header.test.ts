import assert from 'node:assert/strict';
import { type WavFormat, wavHeader } from '../../../nodes/sinks/index.js';

const info = { software: 'sashimi-live', comment: 'Made by a model.' };
const stereo24: WavFormat = { sampleRate: 48000, channels: 2, sampleFormat: '24' };

/** Chunk ids with the offset of each body. */
function chunks(header: Buffer): Map<string, number> {
  const found = new Map<string, number>();
  for (let at = 12; at + 8 <= header.length; ) {
    found.set(header.toString('ascii', at, at + 4), at + 8);
    const length = header.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  return found;
}

describe('wavHeader', () => {
  it('has the same length whatever the size', () => {
    for (const format of [
      stereo24,
      { ...stereo24, sampleFormat: '32f' },
      { ...stereo24, channels: 8 },
    ] as const) {
      const lengths = [0, 6, 4_000_000_000, 5_000_000_000].map(
        (bytes) => wavHeader(format, info, bytes).length,
      );
      assert.equal(new Set(lengths).size, 1);
    }
  });

  it('reserves the place of the 64-bit sizes', () => {
    const header = wavHeader(stereo24, info, 600);
    assert.equal(header.toString('ascii', 0, 4), 'RIFF');
    assert.equal(header.readUInt32LE(4), header.length - 8 + 600);
    const found = chunks(header);
    assert.deepEqual([...found.keys()], ['JUNK', 'fmt ', 'LIST', 'data']);
    assert.equal(found.get('JUNK'), 20);
    assert.equal(header.readUInt32LE(header.length - 4), 600);
  });

  it('becomes RF64 exactly where 32 bits end', () => {
    const { length } = wavHeader(stereo24, info, 0);
    const most = 0xffffffff - (length - 8);
    const last = most - (most % 6);
    assert.equal(wavHeader(stereo24, info, last).toString('ascii', 0, 4), 'RIFF');
    assert.equal(wavHeader(stereo24, info, last + 6).toString('ascii', 0, 4), 'RF64');
  });

  it('writes the 64-bit sizes of a file past 4 GB', () => {
    const dataBytes = 6_000_000_000;
    const header = wavHeader(stereo24, info, dataBytes);
    const ds64 = chunks(header).get('ds64')!;
    assert.equal(header.toString('ascii', 0, 4), 'RF64');
    assert.equal(header.readUInt32LE(4), 0xffffffff);
    assert.equal(header.readBigUInt64LE(ds64), BigInt(dataBytes + header.length - 8));
    assert.equal(header.readBigUInt64LE(ds64 + 8), BigInt(dataBytes));
    assert.equal(header.readBigUInt64LE(ds64 + 16), 1_000_000_000n, 'frames');
    assert.equal(header.readUInt32LE(header.length - 4), 0xffffffff);
  });

  it('counts the frames of float files', () => {
    const header = wavHeader({ ...stereo24, sampleFormat: '32f' }, info, 800);
    assert.equal(header.readUInt32LE(chunks(header).get('fact')!), 100);
  });

  it('cuts a comment that is too long and keeps zeros out of it', () => {
    const header = wavHeader(stereo24, { ...info, comment: `a\0b${'x'.repeat(10_000)}` }, 0);
    assert.ok(header.length < 5000);
    assert.ok(header.includes('abxxx'));
  });
});
