import assert from 'node:assert/strict';
import { kaiser, kaiserBeta, kaiserTransition } from '../../../nodes/dsp/kaiser.js';

describe('Kaiser window', () => {
  it('is 1 in the middle, even, falling, and 0 outside', () => {
    const beta = kaiserBeta(90);
    assert.equal(kaiser(0, beta), 1);
    for (let x = 0.01; x <= 1; x += 0.01) {
      assert.equal(kaiser(x, beta), kaiser(-x, beta));
      assert.ok(kaiser(x, beta) < kaiser(x - 0.01, beta));
    }
    assert.equal(kaiser(1.001, beta), 0);
  });

  it('has the edge of the textbook: 1 / I0(beta)', () => {
    // I0(5) = 27.2398718236 (Abramowitz and Stegun, table 9.8).
    assert.ok(Math.abs(1 / kaiser(1, 5) - 27.2398718236) < 1e-9);
  });

  it('makes filters as deep as it says', () => {
    for (const attenuationDb of [40, 60, 90]) {
      const taps = 101;
      const edge = 0.2;
      const stop = edge + kaiserTransition(taps, attenuationDb) / 2;
      const beta = kaiserBeta(attenuationDb);
      const h = Array.from({ length: taps }, (_, i) => {
        const t = i - 50;
        return (t === 0 ? 2 * edge : Math.sin(2 * Math.PI * edge * t) / (Math.PI * t)) * kaiser(t / 50, beta);
      });
      for (let f = stop * 1.02; f < 0.5; f += 0.001) {
        const response = h.reduce((sum, x, i) => sum + x * Math.cos(2 * Math.PI * f * (i - 50)), 0);
        assert.ok(20 * Math.log10(Math.abs(response)) < -attenuationDb + 1.5, `${attenuationDb} dB at ${f}`);
      }
    }
  });
});
