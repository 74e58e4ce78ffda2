import assert from 'node:assert/strict';
import { keptFrames } from '../../../models/stream/planned-conditioning.js';
import { SharedFrames } from '../../../models/stream/shared-frames.js';
import { bytesPerCall } from '../../support/heap.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';

/** Both ends of one queue, as two threads would hold them. */
function ends() {
  const writer = new SharedFrames(TINY_CONDITIONING);
  const taker = new SharedFrames(TINY_CONDITIONING, writer.buffer);
  const taken = (generation: number) => {
    const frames: { input: number; frame: number; row: number[] }[] = [];
    taker.take(generation, (input, frame, row) => frames.push({ input, frame, row: [...row] }));
    return frames;
  };
  return { writer, taker, taken };
}

/** Frames of `source`, each three times its number. */
function rows(first: number, count: number): Float32Array {
  return Float32Array.from({ length: 3 * count }, (_, i) => first + Math.floor(i / 3));
}

describe('the shared queue of conditioning frames', () => {
  it('carries every frame once, in order, round and round', () => {
    const { writer, taken } = ends();
    let next = 0;
    for (let round = 0; round < 200; round++) {
      const count = 1 + ((round * 37) % 500);
      assert.equal(writer.post(1, 0, next, rows(next, count), count), 0);
      for (const { input, frame, row } of taken(0)) {
        assert.equal(input, 1);
        assert.equal(frame, next);
        assert.deepEqual(row, [next, next, next]);
        next++;
      }
    }
    assert.ok(next > 40_000);
  });

  it('loses what finds no room, but never the newest', () => {
    const { writer, taken } = ends();
    const capacity = 2 ** Math.ceil(Math.log2(keptFrames(TINY_CONDITIONING[1]!)));
    assert.equal(writer.post(1, 0, 0, rows(0, capacity), capacity), 0);
    assert.equal(writer.post(1, 0, 70_000, rows(70_000, 5), 5), 4);
    assert.equal(taken(0).length, capacity);
    writer.flush();
    assert.deepEqual(taken(0), [{ input: 1, frame: 70_004, row: [70_004, 70_004, 70_004] }]);
    // The other input has a queue of its own.
    assert.equal(writer.post(0, 0, 3, new Float32Array(5), 1), 0);
    assert.deepEqual(taken(0), [{ input: 0, frame: 3, row: [0, 0, 0, 0, 0] }]);
  });

  it('keeps frames of a stream apart from those before a reset', () => {
    const { writer, taken } = ends();
    writer.post(1, 0, 5, rows(5, 1), 1);
    writer.post(1, 1, 0, rows(0, 1), 1);
    // The taker has not yet seen the reset.
    assert.deepEqual(
      taken(0).map(({ frame }) => frame),
      [5],
    );
    writer.post(1, 1, 1, rows(1, 1), 1);
    assert.deepEqual(
      taken(1).map(({ frame }) => frame),
      [0, 1],
    );
    writer.post(1, 1, 2, rows(2, 1), 1);
    assert.deepEqual(taken(2), []);
    assert.deepEqual(taken(1), []);
  });

  it('takes no nonsense', () => {
    const { writer, taken } = ends();
    assert.equal(writer.post(2, 0, 0, rows(0, 1), 1), 0);
    assert.equal(writer.post(1, 0, 0, rows(0, 1).subarray(1), 1), 0);
    assert.deepEqual(taken(0), []);
  });

  it('allocates nothing', () => {
    const { writer, taker } = ends();
    const frames = rows(0, 64);
    const each = () => undefined;
    const bytes = bytesPerCall(() => {
      writer.post(1, 0, 0, frames, 64);
      taker.take(0, each);
    }, 2000);
    assert.ok(bytes < 64 * 48, `${bytes} bytes per 64 frames`);
  });
});
