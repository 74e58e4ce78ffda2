import assert from 'node:assert/strict';
import { createRandom } from '../../../graph/index.js';
import { designResamplerFilter, lowLatencyQuality } from '../../../nodes/dsp/resampler-filter.js';
import {
  SteadyInput,
  type SteadyInputOptions,
  steadyLatencyFrames,
} from '../../../nodes/source/steady-input.js';
import { FakeAudioInput } from './fake-audio-inputs.js';

const RATE = 48_000;
const BLOCK = 256;
const FADE = 192;
const options: SteadyInputOptions = {
  channels: 2,
  sampleRate: RATE,
  maxBlockFrames: BLOCK,
  marginFrames: 384,
  fadeFrames: FADE,
  filter: designResamplerFilter(RATE, RATE, lowLatencyQuality),
};
const TARGET = 2 * BLOCK + 128 + 384;
/** Half a second in a sine of 100 Hz. */
const sine = (frame: number): number => 0.5 * Math.sin((2 * Math.PI * 100 * frame) / RATE);

interface Heard {
  readonly sound: Float32Array;
  readonly gaps: number;
  /** Frames that were there before each read. */
  readonly fills: readonly number[];
}

/** A device whose clock is faster by `drift`, pieces that come up to `jitterMs` late, blocks in time. */
function listen(seconds: number, drift: number, jitterMs = 5): Heard {
  const input = new FakeAudioInput(false, sine);
  const steady = new SteadyInput(input, options);
  const random = createRandom(7);
  const out = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
  const sound = new Float32Array(Math.floor((seconds * RATE) / BLOCK) * BLOCK);
  const fills: number[] = [];
  let piece = 0;
  let comesAt = 0;
  for (let frame = 0; frame < sound.length; frame += BLOCK) {
    while (comesAt <= frame / RATE) {
      input.arrive(128);
      piece++;
      comesAt = (piece * 128) / (RATE * (1 + drift)) + (random() * jitterMs) / 1000;
    }
    fills.push(input.availableFrames);
    steady.read(out, BLOCK);
    sound.set(out[0]!, frame);
  }
  return { sound, gaps: steady.gaps, fills };
}

/** Largest difference between neighbours of a sine is what its slope allows, if nothing clicks. */
function steepest(sound: Float32Array): number {
  let most = 0;
  for (let i = 1; i < sound.length; i++) most = Math.max(most, Math.abs(sound[i]! - sound[i - 1]!));
  return most;
}

/** Hz between the first and the last rising zero crossing. */
function frequency(sound: Float32Array): number {
  const crossings: number[] = [];
  for (let i = 1; i < sound.length; i++) {
    const [a, b] = [sound[i - 1]!, sound[i]!];
    if (a < 0 && b >= 0) crossings.push(i - 1 + a / (a - b));
  }
  return ((crossings.length - 1) * RATE) / (crossings.at(-1)! - crossings[0]!);
}

describe('an input with a clock of its own', function () {
  this.timeout(240_000);

  for (const ppm of [0, 900, -900]) {
    it(`is followed without a gap at ${ppm} ppm`, () => {
      const drift = ppm / 1e6;
      const { sound, gaps, fills } = listen(60, drift);
      assert.equal(gaps, 0);
      const late = fills.slice(-2000);
      const mean = late.reduce((sum, fill) => sum + fill, 0) / late.length;
      assert.ok(Math.abs(mean - TARGET) < 20, `in the mean ${mean.toFixed(0)} frames, not ${TARGET}`);
      // The pitch is that of the device by the engine's clock, and steady.
      const expected = 100 * (1 + drift);
      for (let at = 30; at < 59; at += 7) {
        const hz = frequency(sound.subarray(at * RATE, (at + 1) * RATE));
        assert.ok(Math.abs(hz / expected - 1) < 1e-4, `${hz} Hz at ${at} s instead of ${expected}`);
      }
      assert.ok(steepest(sound) < 0.01, `a step of ${steepest(sound)}`);
    });
  }

  it('begins when enough is there, and fades in', () => {
    const { sound, fills } = listen(1, 0, 0);
    const first = sound.findIndex((x) => x !== 0);
    const block = fills.findIndex((fill) => fill >= TARGET + 32);
    assert.ok(first >= block * BLOCK && first < block * BLOCK + 64, `frame ${first} of block ${block}`);
    assert.ok(Math.abs(sound[first]!) < 0.01);
  });

  it('fades where nothing comes, waits until enough is there again, and counts', () => {
    const input = new FakeAudioInput();
    const steady = new SteadyInput(input, options);
    const out = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
    const sound: number[] = [];
    const play = (blocks: number, arriving: number): void => {
      for (let k = 0; k < blocks; k++) {
        input.arrive(arriving);
        steady.read(out, BLOCK);
        sound.push(...out[1]!);
      }
    };
    play(20, BLOCK);
    assert.equal(steady.gaps, 0);
    assert.ok(Math.abs(sound.at(-1)! - 0.5) < 1e-6);
    play(10, 0);
    assert.equal(steady.gaps, 1);
    assert.equal(sound.at(-1), 0);
    play(4, BLOCK);
    assert.equal(sound.at(-1), 0);
    play(20, BLOCK);
    assert.ok(Math.abs(sound.at(-1)! - 0.5) < 1e-6);
    assert.equal(steady.gaps, 1);
    assert.ok(steepest(Float32Array.from(sound)) < 0.01);
  });

  it('lets go what has gathered while the engine was held up', () => {
    const input = new FakeAudioInput();
    const steady = new SteadyInput(input, options);
    const out = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
    for (let k = 0; k < 20; k++) {
      input.arrive(BLOCK);
      steady.read(out, BLOCK);
    }
    input.arrive(RATE);
    steady.read(out, BLOCK);
    assert.equal(steady.gaps, 1);
    assert.ok(Math.abs(input.availableFrames - (TARGET - BLOCK)) <= 2);
  });

  it('says how late it is', () => {
    assert.equal(steadyLatencyFrames(new FakeAudioInput(), options), 64 + TARGET + 16);
  });
});
