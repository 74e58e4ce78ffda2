import assert from 'node:assert/strict';
import { monoLeftGain, monoRightGain, stereoMoveGain, stereoStayGain } from '../../../nodes/dsp/pan-law.js';

describe('pan law', () => {
  it('keeps the power of a mono sound at every position', () => {
    for (let position = -1; position <= 1; position += 0.01) {
      const power = monoLeftGain(position) ** 2 + monoRightGain(position) ** 2;
      assert.ok(Math.abs(power - 1) < 1e-12);
    }
  });

  it('is -3 dB in the middle and alone at the ends', () => {
    assert.ok(Math.abs(monoLeftGain(0) - Math.SQRT1_2) < 1e-12);
    assert.ok(Math.abs(monoLeftGain(-1) - 1) < 1e-12 && Math.abs(monoRightGain(-1)) < 1e-12);
    assert.ok(Math.abs(monoRightGain(1) - 1) < 1e-12 && Math.abs(monoLeftGain(1)) < 1e-12);
  });

  it('keeps the power of the side that is moved over, and leaves the near side', () => {
    for (let awayness = -1; awayness <= 1; awayness += 0.01) {
      const power = stereoStayGain(awayness) ** 2 + stereoMoveGain(awayness) ** 2;
      assert.ok(Math.abs(power - 1) < 1e-12);
    }
    assert.equal(stereoStayGain(-0.5), 1);
    assert.equal(stereoMoveGain(0), 0);
  });
});
