import assert from 'node:assert/strict';
import { RingBuffer } from '../../../nodes/dsp/ring-buffer.js';

describe('RingBuffer', () => {
  it('keeps the last frames at their absolute place, however they were written', () => {
    const ring = new RingBuffer(2, 17);
    let frame = 0;
    for (const n of [1, 5, 16, 17, 3, 40, 2]) {
      const block = [0, 1].map((c) =>
        Float32Array.from({ length: n + 1 }, (_, i) => c * 1000 + frame + i - 1),
      );
      ring.write(block, 1, n);
      frame += n;
      assert.equal(ring.head, frame);
      assert.equal(ring.tail, Math.max(0, frame - 17));
      for (let f = frame - 30; f < frame + 3; f++) {
        const isKept = f >= ring.tail && f < frame;
        assert.equal(ring.at(0, f), isKept ? f : 0);
        assert.equal(ring.at(1, f), isKept ? 1000 + f : 0);
      }
    }
  });

  it('reads whole frames exactly and in order, with zeros outside', () => {
    const ring = new RingBuffer(1, 8);
    ring.write([Float64Array.from({ length: 12 }, (_, i) => i + 1)], 0, 12);
    const out = new Float64Array(10);
    ring.read(0, 3, 1, out, 10);
    assert.deepEqual([...out], [0, 5, 6, 7, 8, 9, 10, 11, 12, 0]);
    ring.read(0, 11, -1, out, 3);
    assert.deepEqual([...out.subarray(0, 3)], [12, 11, 10]);
  });

  it('reads between frames: a quadratic is met exactly, a slow sine closely', () => {
    const ring = new RingBuffer(1, 200);
    ring.write([Float64Array.from({ length: 200 }, (_, i) => 0.01 * i * i - i)], 0, 200);
    const out = new Float64Array(50);
    ring.read(0, 20.25, 2.4, out, 50);
    for (let i = 0; i < 50; i++) {
      const x = 20.25 + 2.4 * i;
      assert.ok(Math.abs(out[i]! - (0.01 * x * x - x)) < 1e-9);
    }
    ring.write([Float64Array.from({ length: 200 }, (_, i) => Math.sin(0.2 * i))], 0, 200);
    ring.read(0, 210.5, 1.37, out, 50);
    for (let i = 0; i < 50; i++) {
      assert.ok(Math.abs(out[i]! - Math.sin(0.2 * (10.5 + 1.37 * i))) < 2e-3);
    }
  });

  it('starts anew when cleared', () => {
    const ring = new RingBuffer(1, 4);
    ring.write([Float32Array.of(1, 2, 3)], 0, 3);
    ring.clear();
    assert.equal(ring.head, 0);
    assert.equal(ring.at(0, 1), 0);
  });

  it('refuses a ring without room', () => {
    assert.throws(() => new RingBuffer(1, 0), { code: 'NODE_ARGUMENT' });
  });
});
