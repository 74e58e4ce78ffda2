import assert from 'node:assert/strict';
import { copyHeard, HeardRing } from '../../../nodes/model/heard-ring.js';

const RATE = 1000;
const BLOCK = 100;

/** A ring that has heard `seconds` of a ramp on the left, and nothing on the right. */
function heard(seconds: number): { ring: HeardRing; hear: (more: number) => void } {
  const ring = new HeardRing(RATE);
  let frame = 0;
  const hear = (more: number): void => {
    const end = frame + Math.round(more * RATE);
    for (; frame < end; frame += BLOCK) {
      const left = Float32Array.from({ length: BLOCK }, (_, i) => 2 * (frame + i));
      ring.write({ channels: [left, new Float32Array(BLOCK)] }, BLOCK);
    }
  };
  hear(seconds);
  return { ring, hear };
}

describe('what a model has heard', () => {
  it('is the mean of the channels, the last seconds of it', () => {
    const { ring } = heard(4);
    const copy = copyHeard(ring.last(1.5))!;
    assert.equal(copy.length, 1500);
    assert.deepEqual([copy[0], copy[1499]], [2500, 3999]);
  });

  it('is no more than there was, and at most half a minute', () => {
    assert.equal(copyHeard(heard(0).ring.last(5))!.length, 0);
    assert.equal(copyHeard(heard(2).ring.last(5))!.length, 2000);
    assert.equal(copyHeard(heard(300).ring.last(30))!.at(0), 270_000);
    assert.equal(heard(300).ring.last(1000).numFrames, 30_000);
  });

  it('is there for some seconds while more is heard, and then told to be gone', () => {
    const { ring, hear } = heard(40);
    const stretch = ring.last(30);
    hear(7);
    assert.equal(copyHeard(stretch)![0], 10_000);
    hear(60);
    assert.equal(copyHeard(stretch), undefined);
  });
});
