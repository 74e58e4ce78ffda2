import assert from 'node:assert/strict';
import { Fade } from '../../../nodes/dsp/fade.js';

function values(fade: Fade, numFrames: number, target: number): number[] {
  const gains = new Float64Array(numFrames).fill(1);
  fade.scale(gains, numFrames, target);
  return [...gains];
}

describe('Fade', () => {
  it('takes the stated number of frames, in equal steps, and arrives exactly', () => {
    const fade = new Fade(10, 0);
    assert.deepEqual(values(fade, 12, 1), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1]);
  });

  it('turns round half-way, and goes on from block to block', () => {
    const fade = new Fade(10, 1);
    assert.deepEqual(values(fade, 2, 0), [0.9, 0.8]);
    assert.deepEqual(values(fade, 3, 1), [0.9, 1, 1]);
  });

  it('scales what is there', () => {
    const gains = Float32Array.of(2, 4);
    new Fade(2, 0).scale(gains, 2, 1);
    assert.deepEqual([...gains], [1, 4]);
  });
});
