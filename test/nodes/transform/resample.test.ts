import assert from 'node:assert/strict';
import { resample } from '../../../nodes/transform/resample.js';
import { createBench } from '../../support/graph-harness.js';
import { fitSine } from '../dsp/fit-sine.js';

function through(hz: number, settings: { rateHz: number; quality?: string }, sampleRate = 48000) {
  return createBench(resample, {
    sampleRate,
    settings,
    inputs: { audio: { audio: (frame) => 0.5 * Math.sin((2 * Math.PI * hz * frame) / sampleRate) } },
  });
}

describe('resample', () => {
  for (const settings of [
    { rateHz: 16000 },
    { rateHz: 16000, quality: 'low-latency' },
    { rateHz: 44100 },
    { rateHz: 11025 },
    { rateHz: 9973 },
    { rateHz: 96000 },
  ]) {
    it(`passes what the rate can carry, late by what it declares: ${JSON.stringify(settings)}`, async () => {
      const hz = 0.3 * Math.min(settings.rateHz, 48000);
      const bench = await through(hz, settings);
      const latency = bench.latencyFrames;
      const from = 2 * latency + 64;
      const x = bench.render(from + 4800, [128, 1, 77]).audio.audio![0]!.subarray(from);
      const { amplitude, phase, residual } = fitSine(x, hz / 48000, from);
      assert.ok(Math.abs(20 * Math.log10(amplitude / 0.5)) < 0.1, `${amplitude}`);
      assert.ok(residual / amplitude < 1e-4, `images at ${residual / amplitude}`);
      // The declared latency is rounded to whole frames: half a frame of phase is allowed.
      const late = phase + (2 * Math.PI * hz * latency) / 48000;
      const halfFrame = Math.sin((Math.PI * hz * 0.51) / 48000);
      assert.ok(Math.abs(Math.sin(late / 2)) <= halfFrame, `phase off by ${late}`);
      await bench.dispose();
    });
  }

  it('takes away what the rate cannot carry', async () => {
    const bench = await through(6000, { rateHz: 8000 });
    const x = bench.render(9600).audio.audio![0]!.subarray(4800);
    assert.ok(x.every((value) => Math.abs(value) < 1e-4));
    await bench.dispose();
  });

  it('never runs dry, at odd rates and block sizes', async () => {
    for (const rateHz of [1000, 12347, 47999, 48001, 191999]) {
      const bench = await createBench(resample, {
        settings: { rateHz },
        inputs: { audio: { audio: () => 1 } },
      });
      const settled = 3 * bench.latencyFrames;
      const x = bench.render(settled + 20000, [1, 511, 13, 256]).audio.audio![0]!;
      for (let i = settled; i < x.length; i++) assert.ok(Math.abs(x[i]! - 1) < 1e-3, `${rateHz}: frame ${i}`);
      await bench.dispose();
    }
  });
});
