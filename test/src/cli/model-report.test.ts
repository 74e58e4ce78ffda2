import assert from 'node:assert/strict';
import { reportModel, reportRows } from '../../../src/cli/model-report.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

describe('report on a model', () => {
  it('counts what the official code counts: shared SSMs once, dt and C per channel', async () => {
    const bundle = tinyBundle({ kind: 's4', dModel: 4, pool: [], conjugatePairs: 2 });
    const report = await reportModel(bundle);
    const embedding = 256 * 4;
    const decoder = 256 * 4 + 256;
    const norms = 3 * 2 * 4;
    // dt, C (re, im); A, B, P of the one SSM; D; GLU matrix; feed-forward at twice the width.
    const s4 = 4 + 4 * 2 * 2 + 2 * 6 + 4 + (8 * 4 + 8);
    const ff = 8 * 4 + 8 + (4 * 8 + 4);
    assert.equal(report.parameters, embedding + decoder + norms + s4 + ff);
  });

  it('adds tiers up at their rates: the mean, and the worst when all step at once', async () => {
    const { tiers, macsPerSample, worstMacs, sampleRate } = await reportModel(tinyBundle({ pool: [4, 2] }));
    assert.deepEqual(
      tiers.map(({ width, rateHz }) => [width, rateHz]),
      [
        [8, sampleRate],
        [16, sampleRate / 4],
        [32, sampleRate / 8],
      ],
    );
    const [a, b, c] = tiers.map(({ stepMacs }) => stepMacs) as [number, number, number];
    assert.equal(macsPerSample, 256 * 8 + a + b / 4 + c / 8);
    assert.equal(worstMacs, 256 * 8 + a + b + c);
  });

  it('projects a conditioning frame once per tier, or once per step where those are fewer', async () => {
    const report = await reportModel(tinyBundle({ pool: [4, 2], conditioning: TINY_CONDITIONING }));
    const plain = await reportModel(tinyBundle({ pool: [4, 2] }));
    // Widths 8, 16, 32: 5 values every 16 samples, slower than every tier; 3 values with every step.
    const macs = ((8 + 16 + 32) * 5) / 16 + 3 * (8 + 16 / 4 + 32 / 8);
    assert.equal(report.conditioningMacsPerSample, Math.round(macs));
    assert.equal(report.macsPerSample, Math.round(plain.macsPerSample + macs));
    assert.equal(report.worstMacs, plain.worstMacs + (8 + 16 + 32) * (5 + 3));
    assert.equal(report.parameters, plain.parameters + (8 + 16 + 32) * (5 + 3 + 2));
    const rows = new Map(
      reportRows({ ...report, conditioning: [{ ...TINY_CONDITIONING[0]!, kind: 'note-roll' }] }),
    );
    assert.equal(rows.get('input roll'), '5 values, 1000 Hz, note-roll');
    assert.match(rows.get('conditioning')!, /^0 k of the multiply-adds/);
  });

  it('a unet costs its way down too', async () => {
    const [plain, unet] = await Promise.all([tinyBundle(), tinyBundle({ unet: true })].map(reportModel));
    assert.ok(unet!.tiers[0]!.stepMacs > 1.5 * plain!.tiers[0]!.stepMacs);
    assert.equal(unet!.tiers[2]!.stepMacs, plain!.tiers[2]!.stepMacs);
  });

  it('says how many layers step as diagonals', async () => {
    const row = async (options: TinyBundleOptions) =>
      new Map(reportRows(await reportModel(tinyBundle(options)))).get('recurrence');
    assert.equal(await row({}), '3 layers diagonal, 0 rank 1');
    assert.equal(await row({ kind: 's4' }), '0 layers diagonal, 3 rank 1');
    assert.equal(await row({ kind: 's4', hasModes: true }), '3 layers diagonal, 0 rank 1');
  });

  it('says how fast it is here, or why it cannot be played', async () => {
    const playable = await reportModel(tinyBundle());
    assert.ok(playable.speed && playable.speed.realTimeFactor > 0);
    assert.match(new Map(reportRows(playable)).get('speed here')!, /times real time/);
    const { manifest } = tinyBundle();
    const architecture = { ...manifest.architecture, bidirectional: true };
    const kept = await reportModel({ manifest: { ...manifest, architecture }, tensors: new Map() });
    assert.equal(kept.speed, null);
    assert.match(new Map(reportRows(kept)).get('speed here')!, /not playable live: a bidirectional model/);
  });
});
