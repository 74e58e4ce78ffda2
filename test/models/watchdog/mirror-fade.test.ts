import assert from 'node:assert/strict';
import { MirrorFade } from '../../../models/watchdog/mirror-fade.js';

const FADE = 50;

/** A sine, cut after `cutAt` frames to one that has nothing to do with it, in blocks of `block`. */
function spliced(cutAt: number, block: number): Float32Array {
  const fade = new MirrorFade(FADE);
  const out = new Float32Array(400);
  for (let t = 0; t < out.length; ) {
    if (t === cutAt) fade.cut();
    const count = Math.min(block, (t < cutAt ? cutAt : out.length) - t);
    const part = new Float32Array(block);
    for (let i = 0; i < count; i++) {
      const phase = 0.06 * (t + i);
      part[i] = t < cutAt ? 0.9 * Math.cos(phase) : -0.9 * Math.cos(1.3 * phase);
    }
    fade.process(part, count);
    out.set(part.subarray(0, count), t);
    t += count;
  }
  return out;
}

describe('the fade after a cut', () => {
  it('has no step, stays inside what it joins, and ends with the new sound as it is', () => {
    const out = spliced(187, 64);
    for (let t = 1; t < out.length; t++) {
      // A sine's own slope, and the fade's share of the whole range.
      assert.ok(Math.abs(out[t]! - out[t - 1]!) < 0.9 * 0.08 + 1.8 / FADE, `frame ${t}`);
      assert.ok(Math.abs(out[t]!) <= 0.9);
    }
    for (let t = 187 + FADE; t < out.length; t++) {
      assert.equal(out[t], Math.fround(-0.9 * Math.cos(1.3 * 0.06 * t)));
    }
  });

  it('is the same at any block size', () => {
    for (const block of [1, 7, 300]) assert.deepEqual(spliced(187, block), spliced(187, 64));
  });

  it('leaves all as it is without a cut', () => {
    const fade = new MirrorFade(FADE);
    const frames = Float32Array.of(0.1, -0.2, 0.3);
    fade.process(frames, 3);
    assert.deepEqual(frames, Float32Array.of(0.1, -0.2, 0.3));
  });
});
