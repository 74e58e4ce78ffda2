import assert from 'node:assert/strict';
import { SharedRing } from '../../../models/stream/shared-ring.js';

/** Both ends of one ring, as two threads would hold them. */
function ends(lookAheadFrames: number) {
  const reader = SharedRing.create(lookAheadFrames);
  return { reader, writer: new SharedRing(reader.buffer, lookAheadFrames) };
}

function fill(writer: SharedRing, from: number): number {
  let t = from;
  while (writer.hasRoom()) {
    writer.write(Float32Array.from({ length: writer.subBlockFrames }, () => t++));
  }
  return t;
}

describe('the shared ring', () => {
  it('carries every frame once, in order, round and round', () => {
    const { reader, writer } = ends(100);
    const out = new Float32Array(37);
    let written = 0;
    let read = 0;
    for (let round = 0; round < 500; round++) {
      written = fill(writer, written);
      assert.ok(reader.available() <= 100);
      const n = reader.read(out, 37);
      for (let i = 0; i < n; i++) assert.equal(out[i], read++);
    }
    assert.ok(read > 10_000);
  });

  it('gives nothing between a reset and its confirmation, then the new stream alone', () => {
    const { reader, writer } = ends(128);
    fill(writer, 0);
    const out = new Float32Array(16);
    reader.requestReset(9, 0);
    assert.equal(reader.read(out, 16), 0);
    assert.equal(reader.available(), 0);
    assert.equal(writer.wantedSeed(), 9);
    writer.confirmReset(writer.wantedGeneration());
    assert.ok(writer.hasRoom(), 'dropped frames take no room');
    fill(writer, 5000);
    assert.equal(reader.read(out, 16), 16);
    assert.equal(out[0], 5000);
  });

  it('tells how much was heard of the stream that a reset ends, also after one of which nothing was heard', () => {
    const { reader, writer } = ends(128);
    assert.equal(writer.heardFrames(0), 0);
    const hours = 3 * 2 ** 32 + 2 ** 31 + 5;
    reader.requestReset(9, hours);
    reader.requestReset(10, 0);
    assert.equal(writer.heardFrames(0), hours);
    assert.equal(writer.heardFrames(1), 0);
  });
});
