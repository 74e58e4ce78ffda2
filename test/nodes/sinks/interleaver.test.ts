import assert from 'node:assert/strict';
import { Interleaver } from '../../../nodes/sinks/interleaver.js';

/** Feeds `blocks` pieces and returns every whole block that came out. */
function gather(
  channels: number,
  blockFrames: number,
  input: Float32Array[],
  pieces: readonly number[],
): number[][] {
  const out: number[][] = [];
  const interleaver = new Interleaver(channels, blockFrames, () => out.push([...interleaver.buffer]));
  let at = 0;
  for (const numFrames of pieces) {
    interleaver.write({ channels: input.map((x) => x.subarray(at, at + numFrames)) }, numFrames);
    at += numFrames;
  }
  return out;
}

const left = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const right = Float32Array.of(-1, -2, -3, -4, -5, -6, -7, -8);
const interleaved = [
  [1, -1, 2, -2, 3, -3, 4, -4],
  [5, -5, 6, -6, 7, -7, 8, -8],
];

describe('Interleaver', () => {
  it('gives whole blocks however the pieces are cut', () => {
    for (const pieces of [[8], [4, 4], [1, 2, 5], [3, 3, 2], [7, 1]]) {
      assert.deepEqual(gather(2, 4, [left, right], pieces), interleaved);
    }
  });

  it('plays one channel on all, leaves out what the device lacks, and is silent where the block lacks', () => {
    assert.deepEqual(gather(2, 2, [Float32Array.of(1, 2)], [2]), [[1, 1, 2, 2]]);
    assert.deepEqual(gather(1, 2, [Float32Array.of(1, 2), Float32Array.of(8, 9)], [2]), [[1, 2]]);
    assert.deepEqual(gather(3, 1, [Float32Array.of(1), Float32Array.of(2)], [1]), [[1, 2, 0]]);
  });

  it('never hands NaN to a device', () => {
    assert.deepEqual(gather(1, 3, [Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, 1)], [3]), [
      [0, 0, 1],
    ]);
  });
});
