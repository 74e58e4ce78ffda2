/** The floor of a model against literal numbers, worked out by hand for the tiny bundle. */
import assert from 'node:assert/strict';
import { type CoreLimits, stepFloor, stepTraffic, weightFormatOf } from '../../../models/bundle/floor.js';
import type { WeightFormat } from '../../../models/bundle/types.js';
import { TINY_CONDITIONING, tinyBundle } from '../../support/tiny-bundle.js';

const alone = { voices: 1, framesPerPass: 1 };

/** Each tier of the tiny bundle at its own rate: they fit 17,216, 44,480 and 77,760 bytes with those above them. */
const limits: CoreLimits = {
  macsPerSecond: 1e12,
  int16MacsPerSecond: 2e12,
  readRates: [
    { bytes: 20_000, bytesPerSecond: 100e9 },
    { bytes: 50_000, bytesPerSecond: 50e9 },
    { bytes: 60_000, bytesPerSecond: 25e9 },
  ],
};

describe('the floor of a model', () => {
  const bundle = tinyBundle();

  // Tier 0: pair 384 weights and 72 floats, decoder 2048 and 256, pools 1024 and 48 over 4 steps, 8 channels, 32 modes.
  const table: { format: WeightFormat; bytes: number[]; sets: number[] }[] = [
    { format: 'f32', bytes: [12_808, 3060, 1774], sets: [17_216, 27_264, 33_280] },
    { format: 'bf16', bytes: [7304, 1716, 974], sets: [9792, 14_976, 18_944] },
    { format: 'int8', bytes: [5848, 1180, 630], sets: [7712, 10_048, 13_440] },
    { format: 'int4', bytes: [4504, 868, 446], sets: [5984, 7360, 10_496] },
  ];
  for (const { format, bytes, sets } of table) {
    it(`counts the bytes of ${format} weights by tier`, () => {
      const tiers = stepTraffic(bundle, format, alone);
      assert.deepEqual(
        tiers.map(({ bytesPerSample }) => bytesPerSample),
        bytes,
      );
      assert.deepEqual(
        tiers.map(({ setBytes }) => setBytes),
        sets,
      );
    });
  }

  it('counts each weight once per step of its tier, and six multiply-adds per mode', () => {
    const tiers = stepTraffic(bundle, 'f32', alone);
    assert.deepEqual(
      tiers.map(({ matrixMacsPerSample }) => matrixMacsPerSample),
      [384 + 2048 + 256, (1536 + 1024) / 4, 6144 / 16],
    );
    assert.deepEqual(
      tiers.map(({ stateMacsPerSample }) => stateMacsPerSample),
      [32 * 6 + 8 * 2.5, (64 * 6 + 16 * 2.5) / 4, (128 * 6 + 32 * 2.5) / 16],
    );
  });

  it('reads each tier at the rate of the set that holds it and those above it', () => {
    const floor = stepFloor(bundle, 'f32', limits);
    const seconds = 12_808 / 100e9 + 3060 / 50e9 + 1774 / 25e9;
    assert.ok(Math.abs(floor.readSeconds - seconds) < 1e-18);
    assert.equal(floor.seconds, floor.readSeconds);
    assert.deepEqual([floor.bytesPerSample, floor.setBytes], [17_642, 77_760]);
  });

  it('is the arithmetic where that takes longer, codes multiplied in pairs', () => {
    const slow = { ...limits, macsPerSecond: 1e9, int16MacsPerSecond: 2e9 };
    const floor = stepFloor(bundle, 'f32', slow);
    assert.equal(floor.macsPerSample, 3712 + 371);
    assert.equal(floor.seconds, floor.macSeconds);
    assert.ok(Math.abs(floor.macSeconds - 4083 / 1e9) < 1e-18);
    assert.ok(Math.abs(stepFloor(bundle, 'int8', slow).macSeconds - (3712 / 2e9 + 371 / 1e9)) < 1e-18);
  });

  it('shares weights and coefficients between voices, but no state', () => {
    const [tier] = stepTraffic(bundle, 'f32', { voices: 8, framesPerPass: 1 });
    assert.equal(tier!.bytesPerSample, (1824 + 9216 + 1072 + 320 + 80) / 8 + 128 + 136 + 32);
    assert.equal(tier!.setBytes, 17_216 + 7 * (32 * 8 + 8 * 28));
  });

  it('reads the weights once for all frames of a primed block', () => {
    const [tier] = stepTraffic(bundle, 'f32', { voices: 1, framesPerPass: 1000 });
    assert.equal(tier!.bytesPerSample, (1824 + 9216 + 1072) / 1000 + 320 + 80 + 128 + 136 + 32);
  });

  it('counts conditioning as float32 in every format, at the rate of frames or of the tier', () => {
    const conditioned = tinyBundle({ conditioning: TINY_CONDITIONING });
    for (const format of ['f32', 'int4'] as const) {
      const [with_, without] = [conditioned, bundle].map((model) => stepTraffic(model, format, alone));
      // Widths 8, 16, 32: 5 values every 16 samples, 3 values with every step of a tier.
      const macs = [(8 * 5) / 16 + 8 * 3, (16 * 5) / 16 + (16 * 3) / 4, (32 * 5) / 16 + (32 * 3) / 16];
      assert.deepEqual(
        with_!.map(({ conditioningMacsPerSample }) => conditioningMacsPerSample),
        macs,
      );
      for (const [tier, { bytesPerSample, setBytes, width }] of with_!
        .map((t, k) => ({ ...t, width: 8 << k }))
        .entries()) {
        assert.equal(bytesPerSample, without![tier]!.bytesPerSample + 4 * macs[tier]!);
        assert.equal(setBytes, without![tier]!.setBytes + 4 * width * 8);
      }
    }
  });

  it('finds how the matrices are kept', () => {
    assert.equal(weightFormatOf(bundle), 'f32');
    const tensors = new Map(bundle.tensors);
    const decoder = tensors.get('decoder.weight')!;
    tensors.set('decoder.weight', {
      ...decoder,
      quantised: { format: 'bf16', groupSize: 0, scales: new Float32Array(0) },
    });
    assert.equal(weightFormatOf({ ...bundle, tensors }), 'bf16');
  });

  it('has no rate without a probe', () => {
    assert.throws(() => stepFloor(bundle, 'f32', { ...limits, readRates: [] }), RangeError);
  });
});
