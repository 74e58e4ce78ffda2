import assert from 'node:assert/strict';
import { TapRing } from '../../../src/process/tap-ring.js';

const channels = 2;

/** Frame n holds n on the left and -n on the right. */
function blockFrom(first: number, numFrames: number): { channels: Float32Array[] } {
  const left = Float32Array.from({ length: numFrames }, (_, i) => first + i);
  return { channels: [left, left.map((x) => -x)] };
}

function emptyBlock(numFrames: number): { channels: Float32Array[] } {
  return { channels: Array.from({ length: channels }, () => new Float32Array(numFrames)) };
}

describe('TapRing', () => {
  it('carries frames in order, many times around', () => {
    const ring = new TapRing(TapRing.allocate(50, channels), channels);
    const reader = new TapRing(ring.memory, channels);
    const out = emptyBlock(13);
    let written = 0;
    let read = 0;
    for (let i = 0; i < 200; i++) {
      ring.write(blockFrom(written, 11), 11);
      written += 11;
      for (let n = reader.read(out, 13); n > 0; n = reader.read(out, 13)) {
        for (let k = 0; k < n; k++, read++) {
          assert.equal(out.channels[0]![k], read);
          assert.equal(out.channels[1]![k], -read);
        }
      }
    }
    assert.equal(read, written);
    assert.equal(ring.dropped, 0);
  });

  it('drops whole blocks when nobody reads, and counts them', () => {
    const ring = new TapRing(TapRing.allocate(32, channels), channels);
    for (let i = 0; i < 5; i++) ring.write(blockFrom(i * 10, 10), 10);
    assert.equal(ring.dropped, 20);
    const out = emptyBlock(100);
    assert.equal(ring.read(out, 100), 30);
    assert.equal(out.channels[0]![29], 29);
  });

  it('goes on past the wrap of its counters', () => {
    const ring = new TapRing(TapRing.allocate(16, channels), channels);
    const head = new Int32Array(ring.memory, 0, 2);
    head.fill(2 ** 31 - 5);
    ring.write(blockFrom(0, 10), 10);
    const out = emptyBlock(16);
    assert.equal(ring.read(out, 16), 10);
    assert.deepEqual([...out.channels[0]!.subarray(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
