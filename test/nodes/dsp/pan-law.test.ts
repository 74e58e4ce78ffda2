import assert from 'node:assert/strict';
import { PanMatrix } from '../../../nodes/dsp/pan-law.js';

const matrix = new PanMatrix();
const near = (actual: number, expected: number): boolean => Math.abs(actual - expected) < 1e-12;

describe('PanMatrix', () => {
  it('keeps the power of every input at every position', () => {
    for (let position = -1; position <= 1; position += 0.01) {
      matrix.placeMono(position);
      assert.ok(near(matrix.leftToLeft ** 2 + matrix.leftToRight ** 2, 1));
      matrix.leanStereo(position);
      assert.ok(near(matrix.leftToLeft ** 2 + matrix.leftToRight ** 2, 1));
      assert.ok(near(matrix.rightToLeft ** 2 + matrix.rightToRight ** 2, 1));
    }
  });

  it('places mono at -3 dB in the middle and alone at the ends', () => {
    matrix.placeMono(0);
    assert.ok(near(matrix.leftToLeft, Math.SQRT1_2) && near(matrix.leftToRight, Math.SQRT1_2));
    matrix.placeMono(-1);
    assert.ok(near(matrix.leftToLeft, 1) && near(matrix.leftToRight, 0));
    matrix.placeMono(1);
    assert.ok(near(matrix.leftToLeft, 0) && near(matrix.leftToRight, 1));
  });

  it('leaves stereo alone in the middle, and its near side everywhere', () => {
    matrix.leanStereo(0);
    assert.deepEqual({ ...matrix }, { leftToLeft: 1, leftToRight: 0, rightToLeft: 0, rightToRight: 1 });
    matrix.leanStereo(0.7);
    assert.ok(
      matrix.rightToRight === 1 && matrix.rightToLeft === 0 && matrix.leftToRight > matrix.leftToLeft,
    );
    matrix.leanStereo(-1);
    assert.ok(matrix.leftToLeft === 1 && near(matrix.rightToRight, 0) && near(matrix.rightToLeft, 1));
  });
});
