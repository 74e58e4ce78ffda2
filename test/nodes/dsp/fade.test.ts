import assert from 'node:assert/strict';
import { Fade } from '../../../nodes/dsp/fade.js';

describe('Fade', () => {
  it('takes the stated number of frames, in equal steps, and arrives exactly', () => {
    const fade = new Fade(10, 0);
    for (let i = 1; i < 10; i++) assert.ok(Math.abs(fade.next(1) - i / 10) < 1e-12);
    assert.equal(fade.next(1), 1);
    assert.equal(fade.next(1), 1);
  });

  it('turns round half-way', () => {
    const fade = new Fade(10, 1);
    fade.next(0);
    fade.next(0);
    assert.ok(Math.abs(fade.value - 0.8) < 1e-12);
    fade.next(1);
    assert.equal(fade.next(1), 1);
  });
});
