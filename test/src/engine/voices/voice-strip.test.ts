import assert from 'node:assert/strict';
import { dbToGain } from '../../../../graph/index.js';
import { airCoefficient, distanceGain } from '../../../../src/engine/voices/distance.js';
import { attackMs, VoiceStrip } from '../../../../src/engine/voices/voice-strip.js';

const sampleRate = 48_000;
const attackFrames = (attackMs * sampleRate) / 1000;

function blockOf(channels: number, numFrames: number, value = 0) {
  return { channels: Array.from({ length: channels }, () => new Float32Array(numFrames).fill(value)) };
}

/** What a strip makes of a steady 1, cut into ticks of the given lengths; `at` is told before each. */
function play(
  strip: VoiceStrip,
  channels: number,
  ticks: readonly number[],
  at: (frame: number) => void = () => undefined,
): Float32Array[] {
  const total = ticks.reduce((sum, n) => sum + n, 0);
  const out = Array.from({ length: channels }, () => new Float32Array(total));
  let done = 0;
  for (const numFrames of ticks) {
    at(done);
    const mix = blockOf(channels, numFrames);
    strip.add(blockOf(1, numFrames, 1), mix, numFrames);
    mix.channels.forEach((x, c) => {
      out[c]!.set(x, done);
    });
    done += numFrames;
  }
  return out;
}

function largestStep(x: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]! - x[i - 1]!));
  return largest;
}

const here = { azimuth: 0, distance: 1 };

describe('the law of distance', () => {
  it('is 6 dB for each doubling beyond one metre', () => {
    assert.deepEqual([0, 0.5, 1, 2, 4, 100].map(distanceGain), [1, 1, 1, 0.5, 0.25, 0.01]);
  });

  it('takes the heights away, from nothing at one metre on', () => {
    assert.equal(airCoefficient(0, sampleRate), 1);
    assert.equal(airCoefficient(1, sampleRate), 1);
    assert.ok(airCoefficient(1.1, sampleRate) > 0.999_999);
    assert.ok(
      Math.abs(airCoefficient(101, sampleRate) - (1 - Math.exp((-2 * Math.PI * 3000) / 48_000))) < 1e-12,
    );
  });
});

describe('VoiceStrip', () => {
  it('pans, attenuates and scales', () => {
    const strip = new VoiceStrip({ azimuth: 90, distance: 2 }, -6, 2, 512, sampleRate);
    const [left, right] = play(strip, 2, [512]);
    assert.ok(Math.abs(right![511]! - 0.5 * dbToGain(-6)) < 1e-6);
    assert.ok(Math.abs(left![511]!) < 1e-6);
  });

  it('hears all channels of a wider patch', () => {
    const strip = new VoiceStrip(here, 0, 1, 512, sampleRate);
    const mix = blockOf(1, 512);
    const wide = blockOf(2, 512, 0.25);
    wide.channels[1]!.fill(0.75);
    strip.add(wide, mix, 512);
    assert.ok(Math.abs(mix.channels[0]![511]! - 0.5) < 1e-6);
  });

  it('makes the same samples however time is cut', () => {
    const moved = (ticks: readonly number[]) => {
      const strip = new VoiceStrip({ azimuth: -170, distance: 3 }, 0, 4, 2048, sampleRate);
      return play(strip, 4, ticks, (frame) => {
        if (frame === 100) strip.move({ azimuth: 170, distance: 40 }, 20);
        if (frame === 500) strip.move({ azimuth: 20, distance: 0.5 }, 1);
        if (frame === 500) strip.setGain(-12);
        if (frame === 1900) strip.fadeOut(1);
      });
    };
    const whole = moved([100, 400, 1400, 148]);
    assert.deepEqual(moved([50, 50, 1, 399, 700, 33, 667, 17, 131]), whole);
  });

  it('moves without a step, the shorter way round, and arrives', () => {
    const strip = new VoiceStrip({ azimuth: 170, distance: 1 }, 0, 4, 8192, sampleRate);
    play(strip, 4, [attackFrames]);
    strip.move({ azimuth: -170, distance: 1 }, 50);
    const out = play(strip, 4, [4096]);
    for (const x of out) assert.ok(largestStep(x) < 0.001, `${largestStep(x)}`);
    // 170 to 190 passes between the third and the fourth, never the first two.
    assert.equal(Math.max(...out[0]!, ...out[1]!), 0);
    const there = play(new VoiceStrip({ azimuth: -170, distance: 1 }, 0, 4, 8192, sampleRate), 4, [4096]);
    for (const [c, x] of out.entries()) assert.ok(Math.abs(x[4095]! - there[c]![4095]!) < 1e-6);
  });

  it('does not jump when it is told to', () => {
    const strip = new VoiceStrip({ azimuth: -90, distance: 1 }, 0, 2, 8192, sampleRate);
    play(strip, 2, [attackFrames]);
    strip.move({ azimuth: 90, distance: 1 }, 0);
    const [left, right] = play(strip, 2, [480]);
    assert.ok(largestStep(left!) < 0.02 && largestStep(right!) < 0.02);
    assert.ok(Math.abs(right![479]! - 1) < 1e-6);
  });

  it('begins and ends at nothing', () => {
    const strip = new VoiceStrip(here, 0, 1, 8192, sampleRate);
    const [start] = play(strip, 1, [attackFrames]);
    assert.ok(largestStep(start!) < 0.02 && start![0]! < 0.02);
    assert.ok(!strip.isLeaving);
    strip.fadeOut(10);
    assert.ok(strip.isLeaving && !strip.isOver);
    const [end] = play(strip, 1, [479, 2]);
    assert.ok(largestStep(end!) < 0.01);
    assert.equal(end![480], 0);
    assert.ok(strip.isOver);
  });

  it('comes to rest: no number so small that it costs time', () => {
    const strip = new VoiceStrip({ azimuth: 0, distance: 5000 }, 0, 1, 8192, sampleRate);
    play(strip, 1, [4096]);
    const mix = blockOf(1, 8192);
    for (let n = 0; n < 40; n++) {
      mix.channels[0]!.fill(0);
      strip.add(blockOf(1, 8192), mix, 8192);
    }
    assert.equal(mix.channels[0]![8191], 0);
  });
});
