/** The floor of a model against literal numbers, worked out by hand for the tiny bundle. */
import assert from 'node:assert/strict';
import { type CoreLimits, stepFloor, stepTraffic, weightFormatOf } from '../../../models/bundle/floor.js';
import type { WeightFormat } from '../../../models/bundle/types.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

const alone = { voices: 1, framesPerPass: 1 };

/** Each tier of the tiny bundle at its own rate: they fit 18,688, 48,896 and 88,064 bytes with those above them. */
const limits: CoreLimits = {
  macsPerSecond: 1e12,
  readRates: [
    { bytes: 20_000, bytesPerSecond: 100e9 },
    { bytes: 50_000, bytesPerSecond: 50e9 },
    { bytes: 60_000, bytesPerSecond: 25e9 },
  ],
};

describe('the floor of a model', () => {
  const bundle = tinyBundle();

  // Tier 0: pair 384 weights and 80 floats, decoder 2048 and 256, pools 1024 and 48 over 4 steps, 32 modes.
  const table: { format: WeightFormat; bytes: number[]; sets: number[] }[] = [
    { format: 'f32', bytes: [13_072, 3192, 1840], sets: [18_688, 30_208, 39_168] },
    { format: 'bf16', bytes: [7696, 1912, 1072], sets: [11_776, 18_944, 26_880] },
    { format: 'int8', bytes: [6240, 1376, 728], sets: [9696, 14_016, 21_376] },
    { format: 'int4', bytes: [4896, 1064, 544], sets: [7968, 11_328, 18_432] },
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

  it('counts each weight once per step of its tier, and five multiply-adds per mode', () => {
    const macs = stepTraffic(bundle, 'f32', alone).map(({ macsPerSample }) => macsPerSample);
    assert.deepEqual(macs, [384 + 2048 + 256 + 32 * 5, (1536 + 1024 + 64 * 5) / 4, (6144 + 128 * 5) / 16]);
  });

  it('reads each tier at the rate of the set that holds it and those above it', () => {
    const floor = stepFloor(bundle, 'f32', limits);
    const seconds = 13_072 / 100e9 + 3192 / 50e9 + 1840 / 25e9;
    assert.ok(Math.abs(floor.readSeconds - seconds) < 1e-18);
    assert.equal(floor.seconds, floor.readSeconds);
    assert.deepEqual([floor.bytesPerSample, floor.setBytes], [18_104, 88_064]);
  });

  it('is the arithmetic where that takes longer', () => {
    const floor = stepFloor(bundle, 'f32', { ...limits, macsPerSecond: 1e9 });
    assert.equal(floor.macsPerSample, 2848 + 720 + 424);
    assert.equal(floor.seconds, 3992 / 1e9);
  });

  it('shares weights and coefficients between voices, but no state', () => {
    const [tier] = stepTraffic(bundle, 'f32', { voices: 8, framesPerPass: 1 });
    assert.equal(tier!.bytesPerSample, (1856 + 9216 + 1072 + 768) / 8 + 128 + 32);
    assert.equal(tier!.setBytes, 18_688 + 7 * 32 * 8);
  });

  it('reads the weights once for all frames of a primed block', () => {
    const [tier] = stepTraffic(bundle, 'f32', { voices: 1, framesPerPass: 1000 });
    assert.equal(tier!.bytesPerSample, (1856 + 9216 + 1072) / 1000 + 768 + 128 + 32);
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
    assert.throws(() => stepFloor(bundle, 'f32', { macsPerSecond: 1, readRates: [] }), RangeError);
  });
});
