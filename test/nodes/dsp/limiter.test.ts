import assert from 'node:assert/strict';
import { Limiter } from '../../../nodes/dsp/limiter.js';
import { seededRandom } from '../../support/random.js';

const LATENCY = 72;
const RELEASE = Math.exp(-1 / 3840);

interface Run {
  readonly out: readonly Float32Array[];
  readonly gains: Float64Array;
  readonly limiter: Limiter;
}

/** Frame by frame, so that the gain of each is seen. */
function run(input: readonly Float32Array[], ceiling: (frame: number) => number, latency = LATENCY): Run {
  const limiter = new Limiter({ channels: input.length, latencyFrames: latency });
  const numFrames = input[0]!.length;
  const out = input.map(() => new Float32Array(numFrames));
  const gains = new Float64Array(numFrames);
  const frameIn = input.map(() => new Float32Array(1));
  const frameOut = input.map(() => new Float32Array(1));
  const bound = new Float64Array(1);
  for (let i = 0; i < numFrames; i++) {
    for (const [c, x] of frameIn.entries()) x[0] = input[c]![i]!;
    bound[0] = ceiling(i);
    limiter.process(frameIn, frameOut, bound, RELEASE, 1);
    for (const [c, y] of frameOut.entries()) out[c]![i] = y[0]!;
    gains[i] = limiter.gain;
  }
  return { out, gains, limiter };
}

function noise(numFrames: number, seed: number, loudness: (frame: number) => number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: numFrames }, (_, i) => (2 * random() - 1) * loudness(i));
}

describe('Limiter', () => {
  it('never lets a sample above the ceiling, whatever comes', () => {
    const hostile: Record<string, Float32Array> = {
      'loud noise': noise(5000, 1, () => 30),
      bursts: noise(5000, 2, (i) => (i % 500 < 3 ? 1000 : 0.5)),
      'single peaks, closer and closer': Float32Array.from({ length: 5000 }, (_, i) =>
        Number.isInteger(Math.sqrt(5000 - i)) ? 5 : 0.3,
      ),
      'largest float': noise(5000, 3, () => 3.4e38),
      'square at Nyquist': Float32Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 2 : -2)),
      'growing sine': Float32Array.from({ length: 5000 }, (_, i) => (i / 500) * Math.sin(i * 0.05)),
    };
    for (const [name, input] of Object.entries(hostile)) {
      for (const ceiling of [1, 0.891250938, 1 / 3]) {
        for (const latency of [1, 2, LATENCY]) {
          const { out } = run([input], () => ceiling, latency);
          const above = out[0]!.find((x) => !(Math.abs(x) <= ceiling));
          assert.equal(above, undefined, `${name}: above ${ceiling}`);
        }
      }
    }
  });

  it('leaves what is under the ceiling as it is, delayed by its latency', () => {
    const input = noise(2000, 4, () => 0.8);
    const { out, gains } = run([input], () => 0.9);
    for (let i = 0; i < 2000; i++) {
      assert.equal(out[0]![i], i < LATENCY ? 0 : input[i - LATENCY]);
      assert.ok(Math.abs(gains[i]! - 1) < 1e-12);
    }
  });

  it('brings a peak to the ceiling, not far below it', () => {
    const input = new Float32Array(1000);
    input[300] = 4;
    const { out } = run([input], () => 0.5);
    assert.ok(Math.abs(out[0]![300 + LATENCY]! - 0.5) < 1e-6);
  });

  it('moves its gain in slopes: never more than the look-ahead makes necessary', () => {
    const input = noise(20000, 5, (i) => (i % 3000 < 2 ? 10 : 0.5));
    const { gains } = run([input], () => 0.5);
    // Two averages of about half the look-ahead: the steepest slope is the whole way in half of it.
    const steepest = 1 / (LATENCY / 2);
    for (let i = 1; i < gains.length; i++) {
      assert.ok(Math.abs(gains[i]! - gains[i - 1]!) <= steepest);
      if (i < 2) continue;
      const bend = Math.abs(gains[i]! - 2 * gains[i - 1]! + gains[i - 2]!);
      assert.ok(bend <= 2 * steepest ** 2, `frame ${i}: the slope breaks by ${bend}`);
    }
  });

  it('gives the gain back at the pace of the release', () => {
    const input = new Float32Array(10000);
    input[100] = 10;
    const { gains } = run([input], () => 1);
    const bottom = 100 + 2 * LATENCY;
    // One time constant after the hold, all but 1/e of the reduction is gone.
    assert.ok(Math.abs((1 - gains[bottom + 3840]!) / (1 - 0.1) - Math.exp(-1)) < 0.03);
  });

  it('turns all channels down together', () => {
    const left = noise(3000, 6, () => 3);
    const right = noise(3000, 7, () => 0.2);
    const { out, gains } = run([left, right], () => 0.9);
    for (let i = LATENCY; i < 3000; i++) {
      assert.ok(Math.abs(out[1]![i]! - right[i - LATENCY]! * gains[i]!) < 1e-7);
    }
  });

  it('fades to silence around a NaN or an infinity, counts it and comes back', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const input = new Float32Array(40000).fill(0.5);
      input[1000] = bad;
      const { out, limiter } = run([input, new Float32Array(40000).fill(0.25)], () => 0.9);
      assert.equal(limiter.notFiniteFrames, 1);
      for (const channel of out) {
        for (const [i, x] of channel.entries()) {
          assert.ok(Number.isFinite(x));
          if (i <= LATENCY) continue;
          assert.ok(Math.abs(x - channel[i - 1]!) <= 0.5 / (LATENCY / 2), `frame ${i}: a click`);
        }
        assert.ok(Math.abs(channel[1000 + LATENCY]!) < 1e-12);
      }
      assert.ok(Math.abs(out[0]![39999]! - 0.5) < 1e-4);
    }
  });

  it('lowers a moving ceiling with the sound that it was set for', () => {
    const input = noise(4000, 8, () => 5);
    const ceiling = (i: number): number => (i < 2000 ? 1 : Math.max(0.1, 1 - (i - 2000) / 1000));
    const { out } = run([input], ceiling);
    for (let i = LATENCY; i < 4000; i++) assert.ok(Math.abs(out[0]![i]!) <= ceiling(i - LATENCY));
  });

  it('gives the same bits at any block size', () => {
    const input = noise(5000, 9, (i) => 3 * Math.sin(i / 300));
    const expected = run([input], () => 0.7).out[0]!;
    for (const block of [7, 64, 1000]) {
      const limiter = new Limiter({ channels: 1, latencyFrames: LATENCY });
      const ceiling = new Float64Array(block).fill(0.7);
      for (let at = 0; at < 5000; at += block) {
        const n = Math.min(block, 5000 - at);
        const out = [new Float32Array(n)];
        limiter.process([input.subarray(at, at + n)], out, ceiling, RELEASE, n);
        assert.deepEqual(out[0], expected.subarray(at, at + n));
      }
    }
  });
});
