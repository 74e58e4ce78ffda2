import assert from 'node:assert/strict';
import { createWindow, isCola, overlapSums, windowShapes } from '../../../nodes/dsp/window.js';

/** Every shape with the overlaps (window / hop, whole) from which on it sums to a constant. */
const COLA_FROM = { hann: 2, triangle: 2, rectangle: 1, sine: Number.POSITIVE_INFINITY } as const;

describe('window', () => {
  for (const shape of windowShapes) {
    it(`${shape} is periodic: the sample after the last would be the first`, () => {
      for (const length of [2, 7, 64]) {
        const twice = createWindow(shape, length);
        // Even around the middle of the period, so w[i] = w[length - i].
        for (let i = 1; i < length; i++) assert.ok(Math.abs(twice[i]! - twice[length - i]!) < 1e-12);
        for (const value of twice) assert.ok(value >= 0 && value <= 1);
      }
    });

    it(`${shape} is COLA at the hops that theory names`, () => {
      for (const length of [32, 43, 63, 96, 100, 1024]) {
        const window = createWindow(shape, length);
        for (let hop = 1; hop <= length; hop++) {
          const overlap = length / hop;
          if (!Number.isInteger(overlap) || hop === 1) continue;
          // An odd triangle has its tip between two samples: its slopes meet only at even overlaps.
          if (shape === 'triangle' && (overlap % 2 === 1 || length % 2 === 1)) continue;
          assert.equal(isCola(window, hop), overlap >= COLA_FROM[shape], `${length} / ${hop}`);
        }
      }
    });
  }

  it('hann sums to half the overlap', () => {
    const sums = overlapSums(createWindow('hann', 96), 24);
    for (const sum of sums) assert.ok(Math.abs(sum - 2) < 1e-12);
  });

  it('says no where windows leave holes or ripple', () => {
    assert.equal(isCola(createWindow('hann', 64), 64), false);
    assert.equal(isCola(createWindow('hann', 43), 21), false);
    assert.equal(isCola(createWindow('rectangle', 64), 65), false);
  });
});
