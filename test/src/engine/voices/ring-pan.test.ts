import assert from 'node:assert/strict';
import { nearestTurn, ringGains } from '../../../../src/engine/voices/ring-pan.js';

function gains(azimuth: number, channels: number): number[] {
  const out = new Float64Array(channels);
  ringGains(azimuth, out);
  return [...out].map((gain) => Math.round(gain * 1e6) / 1e6 + 0);
}

const half = Math.round(Math.SQRT1_2 * 1e6) / 1e6;

describe('gains round the ring', () => {
  it('have the same power everywhere', () => {
    for (const channels of [1, 2, 3, 4, 5, 6, 8, 16]) {
      const out = new Float64Array(channels);
      for (let azimuth = -720; azimuth <= 720; azimuth += 7.3) {
        ringGains(azimuth, out);
        const power = out.reduce((sum, gain) => sum + gain * gain, 0);
        assert.ok(Math.abs(power - 1) < 1e-12, `${channels} channels at ${azimuth}: ${power}`);
        assert.ok(
          out.every((gain) => gain > -1e-12),
          `${channels} at ${azimuth}`,
        );
      }
    }
  });

  it('place a point in the stereo field', () => {
    assert.deepEqual(gains(0, 2), [half, half]);
    assert.deepEqual(gains(-90, 2), [1, 0]);
    assert.deepEqual(gains(90, 2), [0, 1]);
    assert.deepEqual(gains(180, 2), [half, half]);
    assert.deepEqual(gains(150, 2), gains(30, 2));
  });

  it('stand on one loudspeaker, or between two', () => {
    assert.deepEqual(gains(-45, 4), [1, 0, 0, 0]);
    assert.deepEqual(gains(45, 4), [0, 1, 0, 0]);
    assert.deepEqual(gains(135, 4), [0, 0, 1, 0]);
    assert.deepEqual(gains(-135, 4), [0, 0, 0, 1]);
    assert.deepEqual(gains(0, 4), [half, half, 0, 0]);
    assert.deepEqual(gains(180, 4), [0, 0, half, half]);
    assert.deepEqual(gains(-90, 4), [half, 0, 0, half]);
    assert.deepEqual(gains(22.5 + 45, 8), [0, 0, 1, 0, 0, 0, 0, 0]);
    assert.deepEqual(gains(360 + 30, 6), [0, 1, 0, 0, 0, 0]);
  });

  it('turn the shorter way', () => {
    assert.equal(nearestTurn(170, -170), 190);
    assert.equal(nearestTurn(-170, 170), -190);
    assert.equal(nearestTurn(0, 90), 90);
    assert.equal(nearestTurn(10, 370), 10);
  });
});
