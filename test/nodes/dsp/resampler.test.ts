import assert from 'node:assert/strict';
import { Resampler } from '../../../nodes/dsp/resampler.js';
import {
  delayInOutputFrames,
  designResamplerFilter,
  fineQuality,
  lowLatencyQuality,
  type ResamplerQuality,
} from '../../../nodes/dsp/resampler-filter.js';
import { seededRandom } from '../../support/random.js';
import { fitSine } from './fit-sine.js';

const PAIRS = [
  [16000, 48000],
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
  [16000, 44100],
  [48000, 12347],
  [22050.5, 48000],
  [48000, 48000],
] as const;
const QUALITIES = { fine: fineQuality, lowLatency: lowLatencyQuality };
/** What the designs promise: 90 dB asked of the window; images that add up take their share. */
const STOP_DB = -80;

function create(inputRate: number, outputRate: number, quality: ResamplerQuality = fineQuality): Resampler {
  const filter = designResamplerFilter(inputRate, outputRate, quality);
  return new Resampler({ channels: 1, filter, maxInputFrames: 65536 });
}

/** Everything that the input gives. */
function convert(resampler: Resampler, input: Float64Array): Float64Array {
  resampler.push([input], 0, input.length);
  const out = new Float64Array(resampler.available);
  assert.equal(resampler.pull([out], 0, out.length), out.length);
  return out;
}

function sine(hz: number, rate: number, numFrames: number): Float64Array {
  return Float64Array.from({ length: numFrames }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
}

const db = (amplitude: number): number => 20 * Math.log10(amplitude + 1e-30);

for (const [name, quality] of Object.entries(QUALITIES)) {
  for (const [inputRate, outputRate] of PAIRS) {
    describe(`Resampler ${inputRate} -> ${outputRate} Hz, ${name}`, () => {
      const numFrames = Math.round(inputRate * 0.2);
      const filter = designResamplerFilter(inputRate, outputRate, quality);
      /** Where the filter has not seen silence before the start. */
      const settled = Math.ceil((2 * filter.delayFrames * outputRate) / inputRate) + 1;

      it('is flat within 0.01 dB up to its pass-band, at the exact frequency and delay, with nothing beside', () => {
        for (const share of [0.01, 0.2, 0.5, 0.8, 0.95, 1]) {
          const hz = share * filter.passbandHz;
          const out = convert(create(inputRate, outputRate, quality), sine(hz, inputRate, numFrames));
          const { amplitude, phase, residual } = fitSine(out.subarray(settled), hz / outputRate, settled);
          assert.ok(Math.abs(db(amplitude)) < 0.01, `${hz} Hz: ${db(amplitude)} dB`);
          assert.ok(db(residual / amplitude) < STOP_DB, `${hz} Hz: images at ${db(residual / amplitude)} dB`);
          const delay = (2 * Math.PI * hz * filter.delayFrames) / inputRate;
          const error = Math.sin((phase + delay) / 2);
          assert.ok(Math.abs(error) < 1e-3, `${hz} Hz: phase off by ${2 * error}`);
        }
      });

      if (outputRate < inputRate) {
        it('keeps out what lies beyond its stop-band', () => {
          for (const share of [0, 0.3, 0.6, 0.9]) {
            const hz = filter.stopbandHz + share * (inputRate / 2 - filter.stopbandHz);
            if (hz > inputRate / 2) continue;
            const out = convert(create(inputRate, outputRate, quality), sine(hz, inputRate, numFrames));
            const loudest = out.subarray(settled).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
            assert.ok(db(loudest) < STOP_DB, `${hz} Hz: ${db(loudest)} dB`);
          }
        });
      }

      it('gives the same bits however pushes and pulls are cut', () => {
        const random = seededRandom(3);
        const input = Float64Array.from({ length: 3000 }, () => 2 * random() - 1);
        const expected = convert(create(inputRate, outputRate, quality), input);
        const resampler = new Resampler({ channels: 1, filter, maxInputFrames: 1000 });
        const out = new Float64Array(expected.length);
        let pushed = 0;
        for (let done = 0; done < out.length; ) {
          const n = Math.min(1 + Math.floor(random() * 200), out.length - done);
          const needed = resampler.inputNeeded(n);
          resampler.push([input], pushed, needed);
          pushed += needed;
          assert.equal(resampler.pull([out], done, n), n, 'as many as were asked for');
          assert.equal(
            resampler.inputNeeded(1) >= 0 && resampler.available <= 1 / (inputRate / outputRate) + 1,
            true,
          );
          done += n;
        }
        assert.deepEqual(out, expected);
      });
    });
  }
}

describe('Resampler', () => {
  it('needs no more input than the outputs asked for, and no less', () => {
    for (const [inputRate, outputRate] of PAIRS) {
      const resampler = create(inputRate, outputRate);
      for (const n of [1, 2, 100, 7]) {
        const needed = resampler.inputNeeded(n);
        if (needed > 0) {
          resampler.push([new Float64Array(needed - 1)], 0, needed - 1);
          assert.ok(resampler.available < n, 'one frame fewer is not enough');
          resampler.push([new Float64Array(1)], 0, 1);
        }
        assert.equal(resampler.pull([new Float64Array(n)], 0, n), n);
      }
      assert.equal(resampler.inputNeeded(0), 0);
    }
  });

  it('interpolates phases that have no row of their own to below -110 dB', () => {
    const sharp = { lobes: 64, attenuationDb: 140 };
    for (const [inputRate, outputRate] of [
      [22050.5, 48000],
      [48000, 12347],
    ] as const) {
      const resampler = create(inputRate, outputRate, sharp);
      const hz = resampler.filter.passbandHz;
      const out = convert(resampler, sine(hz, inputRate, 20000)).subarray(1000);
      const { amplitude, residual } = fitSine(out, hz / outputRate, 1000);
      assert.ok(db(residual / amplitude) < -110, `${db(residual / amplitude)} dB`);
    }
  });

  it('never drifts: ten million frames at 44.1 -> 48 kHz take exactly 147 for 160', () => {
    const resampler = create(44100, 48000, { lobes: 1, attenuationDb: 30 });
    const input = [new Float32Array(1470)];
    const out = [new Float32Array(1600)];
    for (let turn = 0; turn < 6250; turn++) {
      resampler.push(input, 0, resampler.inputNeeded(1600));
      assert.equal(resampler.pull(out, 0, 1600), 1600);
      assert.equal(resampler.inputNeeded(1600), 1470);
    }
  });

  it('passes DC exactly, at every phase', () => {
    for (const [inputRate, outputRate] of PAIRS) {
      const out = convert(create(inputRate, outputRate), new Float64Array(4000).fill(1));
      const settled = out.subarray(Math.ceil((70 * outputRate) / Math.min(inputRate, outputRate)));
      assert.ok(settled.length > 100);
      for (const value of settled) assert.ok(Math.abs(value - 1) < 1e-9);
    }
  });

  it('states its delay: an impulse comes out that much later', () => {
    const resampler = create(16000, 48000);
    const input = new Float64Array(200);
    input[50] = 1;
    const out = convert(resampler, input);
    const at = out.indexOf(out.reduce((a, b) => Math.max(a, b)));
    assert.equal(at, 150 + delayInOutputFrames(resampler.filter));
    assert.equal(delayInOutputFrames(resampler.filter), 96);
    assert.equal(delayInOutputFrames(designResamplerFilter(16000, 48000, lowLatencyQuality)), 48);
  });

  it('follows a drifting clock without a jump', () => {
    const resampler = create(48000, 48000);
    const hz = 997;
    const input = sine(hz, 48000, 48000);
    const out = new Float64Array(40000);
    let pushed = 0;
    for (let done = 0; done < out.length; done += 100) {
      resampler.setDrift(1 + 300e-6 * Math.sin(done / 4000));
      const needed = resampler.inputNeeded(100);
      resampler.push([input], pushed, needed);
      pushed += needed;
      resampler.pull([out], done, 100);
    }
    // The second difference of a sine is bounded by its own size; a jump in phase would stand out.
    const bound = (2 * Math.PI * (hz / 48000)) ** 2 * 1.01;
    for (let i = 200; i < out.length; i++) {
      const bend = Math.abs(out[i]! - 2 * out[i - 1]! + out[i - 2]!);
      assert.ok(bend <= bound, `frame ${i}: ${bend}`);
    }
  });

  it('runs by the factor it was told: 1.001 makes 1001 frames of 1000', () => {
    const resampler = create(48000, 48000);
    resampler.setDrift(1.001);
    resampler.push([new Float64Array(48000)], 0, 48000);
    assert.ok(Math.abs(resampler.available - 48048) <= 1);
  });

  it('keeps channels together', () => {
    const filter = designResamplerFilter(16000, 48000, lowLatencyQuality);
    const resampler = new Resampler({ channels: 2, filter, maxInputFrames: 500 });
    const left = sine(300, 16000, 500);
    const right = left.map((x) => -2 * x);
    resampler.push([left, right], 0, 500);
    const out = [new Float64Array(1400), new Float64Array(1400)];
    assert.equal(resampler.pull(out, 0, 1400), 1400);
    for (let i = 0; i < 1400; i++) assert.ok(out[1]![i] === -2 * out[0]![i]!);
  });

  it('refuses impossible rates, and input that nobody pulls', () => {
    assert.throws(() => designResamplerFilter(0, 48000, fineQuality), { code: 'NODE_ARGUMENT' });
    assert.throws(() => designResamplerFilter(48000, Number.NaN, fineQuality), { code: 'NODE_ARGUMENT' });
    assert.throws(() => designResamplerFilter(48000, 100, fineQuality), { code: 'NODE_ARGUMENT' });
    const filter = designResamplerFilter(16000, 48000, lowLatencyQuality);
    const resampler = new Resampler({ channels: 1, filter, maxInputFrames: 10 });
    assert.throws(() => resampler.push([new Float64Array(1000)], 0, 1000), { code: 'NODE_ARGUMENT' });
  });
});
