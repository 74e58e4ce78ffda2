import assert from 'node:assert/strict';
import { gain } from '../../../nodes/transform/gain.js';
import { createBench } from '../../support/graph-harness.js';

const RATE = 48000;
const one = { audio: () => 1, channels: 2 };

describe('gain', () => {
  it('scales by decibels, every channel alike', async () => {
    for (const [gainDb, factor] of [
      [0, 1],
      [6.0206, 2],
      [-20, 0.1],
      [-60, 0],
    ] as const) {
      const bench = await createBench(gain, { params: { gainDb }, inputs: { audio: one } });
      const { audio } = bench.render(500).audio;
      for (const channel of audio!) for (const x of channel) assert.ok(Math.abs(x - factor) < 1e-5);
      assert.equal(audio!.length, 2);
      await bench.dispose();
    }
  });

  it('moves to a new gain in 20 ms, in no step', async () => {
    const bench = await createBench(gain, { inputs: { audio: one } });
    bench.render(100);
    bench.set('gainDb', -12);
    const x = bench.render(1000, [50]).audio.audio![0]!;
    for (let i = 1; i < 1000; i++) {
      assert.ok(x[i]! <= x[i - 1]! && x[i - 1]! - x[i]! < 0.002, `frame ${i}`);
    }
    assert.ok(x[900]! > x[961]! && Math.abs(x[961]! - 10 ** (-12 / 20)) < 1e-6);
    await bench.dispose();
  });

  it('mutes and unmutes by a fade of 10 ms', async () => {
    const bench = await createBench(gain, { sampleRate: RATE, inputs: { audio: one } });
    for (const [mute, end] of [
      [true, 0],
      [false, 1],
    ] as const) {
      bench.render(500);
      bench.set('mute', mute);
      const x = bench.render(500, [64]).audio.audio![0]!;
      for (let i = 1; i < 480; i++) assert.ok(Math.abs(Math.abs(x[i]! - x[i - 1]!) - 1 / 480) < 1e-6);
      assert.equal(x[480], end);
    }
    await bench.dispose();
  });

  it('starts muted without a sound when the patch says so', async () => {
    const bench = await createBench(gain, { params: { mute: true }, inputs: { audio: one } });
    for (const x of bench.render(300).audio.audio![0]!) assert.equal(x, 0);
    await bench.dispose();
  });
});
