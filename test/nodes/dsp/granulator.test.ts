import assert from 'node:assert/strict';
import { type GrainControls, Granulator } from '../../../nodes/dsp/granulator.js';
import { seededRandom } from '../../support/random.js';
import { fitSine } from './fit-sine.js';

const BLOCK = 64;
const live: GrainControls = {
  grainFrames: 480,
  overlap: 4,
  stretch: 1,
  pitchRatio: 1,
  sprayFrames: 0,
  isFrozen: false,
};

function create(seed = 1, captureFrames = 20000): Granulator {
  return new Granulator({
    channels: 1,
    captureFrames,
    maxGrainFrames: 2000,
    maxBlockFrames: 1024,
    spliceFrames: 100,
    seed,
  });
}

/** `controlsAt` is asked at every block. */
function play(
  granulator: Granulator,
  input: Float32Array,
  controlsAt: (frame: number) => GrainControls,
  block = BLOCK,
): Float32Array {
  const out = new Float32Array(input.length);
  for (let at = 0; at < input.length; at += block) {
    const n = Math.min(block, input.length - at);
    granulator.process([input.subarray(at, at + n)], [out.subarray(at, at + n)], controlsAt(at), n);
  }
  return out;
}

function sine(step: number, numFrames: number): Float32Array {
  return Float32Array.from({ length: numFrames }, (_, i) => Math.sin(step * i));
}

function steepest(out: Float32Array, from: number): number {
  let most = 0;
  for (let i = from; i < out.length; i++) most = Math.max(most, Math.abs(out[i]! - out[i - 1]!));
  return most;
}

describe('Granulator', () => {
  it('live, gives the input back after one grain, at any grain size and overlap of 2 or more', () => {
    const input = sine(0.07, 6000);
    for (const grainFrames of [480, 481, 63, 1999]) {
      for (const overlap of [2, 3, 4, 8]) {
        // Windows of whole hops only: elsewhere the sums ripple, and a floor of 1 leaves what is under it.
        if (!Number.isInteger(grainFrames / overlap)) continue;
        const out = play(create(), input, () => ({ ...live, grainFrames, overlap }));
        for (let i = 2 * grainFrames + 100; i < 6000; i++) {
          assert.ok(
            Math.abs(out[i]! - input[i - grainFrames]!) < 1e-6,
            `${grainFrames} / ${overlap}, frame ${i}`,
          );
        }
      }
    }
  });

  it('moves at its own pace between grains and at its own pitch inside them', () => {
    // A ramp shows both: its slope inside a grain is the pitch, from grain to grain the pace.
    const input = Float32Array.from({ length: 24000 }, (_, i) => i / 24000);
    for (const pitchRatio of [0.5, 1, 1.5, 2]) {
      for (const stretch of [0.25, 1]) {
        const out = play(create(1, 40000), input, () => ({ ...live, overlap: 1, pitchRatio, stretch }));
        /** Input frame that sounds at `i` of grain `k`: the window divided out again. */
        const heard = (k: number, i: number): number =>
          (24000 * out[480 * k + i]!) / (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 480));
        for (let k = 20; k < 40; k++) {
          assert.ok(Math.abs((heard(k, 340) - heard(k, 140)) / 200 - pitchRatio) < 1e-3, 'pitch');
          assert.ok(Math.abs((heard(k + 1, 240) - heard(k, 240)) / 480 - stretch) < 1e-2, 'pace');
        }
      }
    }
  });

  it('holds what sounds when frozen, for ever, while the input goes on', () => {
    const step = (2 * Math.PI) / 40;
    // The hop of 120 is whole periods of the sine, so the grains of a standing head add up to the sine itself.
    const input = Float32Array.from({ length: 60000 }, (_, i) => (i < 10000 ? Math.sin(step * i) : 0));
    const out = play(create(), input, (frame) => ({ ...live, isFrozen: frame >= 9000 }));
    const { amplitude, residual } = fitSine(out.subarray(50000), 1 / 40);
    // Grains that agree get all of the make-up for grains that do not.
    assert.ok(Math.abs(amplitude - Math.sqrt(8 / 3)) < 1e-3 && residual < 2e-3, `${amplitude}, ${residual}`);
  });

  it('does not click when frozen and released, however often', () => {
    const input = sine(0.05, 40000);
    const toggled = play(create(), input, (frame) => ({
      ...live,
      isFrozen: Math.floor(frame / 1700) % 2 === 1,
    }));
    // A hard cut of this sine would step by up to 2; grains cross-fade with slopes of their windows.
    const bound = Math.sqrt(8 / 3) * 2 * 0.05 + (2 * Math.PI) / live.grainFrames + Math.PI / 100;
    assert.ok(steepest(toggled, 700) < bound, `${steepest(toggled, 700)}`);
  });

  it('does not click when the standing head falls out of the ring', () => {
    const out = play(create(1, 6000), sine(0.05, 40000), () => ({ ...live, stretch: 0 }));
    assert.ok(steepest(out, 700) < 2 * 0.05 + (2 * Math.PI) / live.grainFrames);
  });

  it('returns to live when the stretch is 1 again', () => {
    const input = sine(0.07, 20000);
    const out = play(create(), input, (frame) => ({ ...live, stretch: frame < 10000 ? 0.3 : 1 }));
    for (let i = 12000; i < 20000; i++) assert.ok(Math.abs(out[i]! - input[i - 480]!) < 1e-6);
  });

  it('never reads what is not recorded yet: the first grains of a late sound are silent', () => {
    const input = Float32Array.from({ length: 8000 }, (_, i) => (i < 4000 ? 0 : 1));
    for (const pitchRatio of [0.25, 1, 1.37, 4]) {
      const out = play(create(), input, () => ({ ...live, pitchRatio, sprayFrames: 300 }));
      for (let i = 0; i <= 4000; i++) assert.equal(out[i], 0);
      assert.ok(out[7999]! > 0.5);
    }
  });

  it('keeps the loudness of noise, scattered or not, however many grains overlap', () => {
    const random = seededRandom(8);
    const input = Float32Array.from({ length: 60000 }, () => random() - 0.5);
    const power = (x: Float32Array): number => x.reduce((sum, value) => sum + value * value, 0) / x.length;
    const cases: Partial<GrainControls>[] = [{}, { sprayFrames: 400 }, { stretch: 0.4 }, { pitchRatio: 0.5 }];
    for (const controls of cases) {
      for (const overlap of [2, 4, 8]) {
        const out = play(create(1, 50000), input, () => ({ ...live, ...controls, overlap }));
        const changeDb = 10 * Math.log10(power(out.subarray(2000)) / power(input));
        assert.ok(Math.abs(changeDb) < 1.5, `${JSON.stringify(controls)} at ${overlap}: ${changeDb} dB`);
      }
    }
  });

  it('is never louder than grains that all agree could make it', () => {
    const input = sine(0.3, 20000);
    for (const overlap of [0.25, 1, 1.5, 2.5, 5.7, 8]) {
      const out = play(create(), input, (frame) => ({
        ...live,
        overlap,
        grainFrames: 100 + (frame % 1900),
        sprayFrames: 500,
      }));
      const most = Math.sqrt(Math.max(1, (2 * overlap) / 3));
      for (const x of out) assert.ok(Math.abs(x) <= most + 1e-6);
    }
  });

  it('scatters the same way for the same seed, and another way for another', () => {
    const input = sine(0.03, 10000);
    const scattered = (seed: number) => play(create(seed), input, () => ({ ...live, sprayFrames: 1000 }));
    assert.deepEqual(scattered(5), scattered(5));
    assert.notDeepEqual(scattered(5), scattered(6));
  });

  it('gives the same bits at any block size', () => {
    const input = sine(0.03, 6400);
    const controls = { ...live, stretch: 0.7, pitchRatio: 1.2, sprayFrames: 200 };
    const expected = play(create(), input, () => controls, 64);
    for (const block of [1, 7, 1000])
      assert.deepEqual(
        play(create(), input, () => controls, block),
        expected,
      );
  });
});
