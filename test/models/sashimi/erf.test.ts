import assert from 'node:assert/strict';
import { erf } from '../../../models/sashimi/erf.js';

/** Abramowitz and Stegun, table 7.1, and CPython's math.erf: to 16 digits. */
const published: readonly [number, number][] = [
  [0, 0],
  [0.01, 0.011283415555849616],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [0.84375, 0.7672256612323416],
  [1, 0.8427007929497149],
  [1.25, 0.9229001282564582],
  [2, 0.9953222650189527],
  [3, 0.9999779095030014],
  [4.5, 0.9999999998033839],
];

describe('erf', () => {
  for (const [x, expected] of published) {
    it(`erf(${x}) to 1e-15`, () => {
      assert.ok(Math.abs(erf(x) - expected) < 1e-15, `${erf(x)}`);
      if (x > 0) assert.equal(erf(-x), -erf(x));
    });
  }

  it('saturates, and lets NaN through', () => {
    assert.equal(erf(6), 1);
    assert.equal(erf(-60), -1);
    assert.ok(Number.isNaN(erf(Number.NaN)));
  });

  it('is continuous over the edges of its table', () => {
    for (let cell = 1; cell < 96; cell++) {
      const edge = cell / 16;
      assert.ok(Math.abs(erf(edge) - erf(edge - 1e-15)) < 3e-15, `at ${edge}`);
    }
  });
});
