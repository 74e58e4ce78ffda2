import assert from 'node:assert/strict';
import { granulate } from '../../../nodes/transform/granulate.js';
import { createBench } from '../../support/graph-harness.js';

const sound = (frame: number): number => 0.5 * Math.sin(frame * 0.02) + 0.2 * Math.sin(frame * 0.033);
const inputs = { audio: { audio: (frame: number, c: number) => sound(frame + 500 * c), channels: 2 } };

describe('granulate', () => {
  it('live and without spray is its input, one grain late, in every channel', async () => {
    const bench = await createBench(granulate, { params: { grainMs: 100, sprayMs: 0 }, inputs });
    const channels = bench.render(24000).audio.audio!;
    for (const [c, x] of channels.entries()) {
      for (let i = 10000; i < 24000; i++) {
        assert.ok(Math.abs(x[i]! - sound(i - 4800 + 500 * c)) < 1e-6, `channel ${c}, frame ${i}`);
      }
    }
    await bench.dispose();
  });

  it('is dry at mix 0, and keeps the image: all channels take the same grains', async () => {
    const dry = await createBench(granulate, { params: { mix: 0 }, inputs });
    const x = dry.render(5000).audio.audio![1]!;
    for (let i = 0; i < 5000; i++) assert.ok(Math.abs(x[i]! - sound(i + 500)) < 1e-6);
    await dry.dispose();

    const same = { audio: { audio: sound, channels: 2 } };
    const wet = await createBench(granulate, { params: { sprayMs: 300, pitchSemitones: 5 }, inputs: same });
    const [left, right] = wet.render(30000).audio.audio!;
    assert.deepEqual(left, right);
    assert.ok(left!.some((value) => Math.abs(value) > 0.1));
    await wet.dispose();
  });

  it('holds the sound while frozen, even when the input falls silent, and lets go without a click', async () => {
    let isOn = true;
    const bench = await createBench(granulate, {
      params: { grainMs: 100, sprayMs: 5 },
      inputs: { audio: { audio: (frame) => (isOn ? 0.5 * Math.sin(frame * 0.02) : 0) } },
    });
    const power = (x: Float32Array): number => x.reduce((sum, value) => sum + value * value, 0) / x.length;
    bench.render(24000);
    bench.set('freeze', true);
    const first = bench.render(4800).audio.audio![0]!;
    isOn = false;
    const held = bench.render(480000).audio.audio![0]!;
    assert.ok(power(held.subarray(400000)) > 0.2 * power(first), 'ten seconds later it still sounds');
    bench.set('freeze', false);
    const after = bench.render(24000).audio.audio![0]!;
    assert.ok(power(after.subarray(12000)) < 1e-9, 'and then it is over');
    const all = [...held.subarray(479000), ...after];
    for (let i = 1; i < all.length; i++) assert.ok(Math.abs(all[i]! - all[i - 1]!) < 0.03, `frame ${i}`);
    await bench.dispose();
  });

  it('reaches every corner of its params and stays within twice its input', async () => {
    const bench = await createBench(granulate, { inputs });
    for (const params of [
      { grainMs: 250, overlap: 8, pitchSemitones: 24, sprayMs: 1000, stretch: 0 },
      { grainMs: 10, overlap: 0.25, pitchSemitones: -24, sprayMs: 0, stretch: 2 },
      { grainMs: 250, overlap: 1, pitchSemitones: 7.3, sprayMs: 1000, stretch: 1 },
    ]) {
      for (const [name, value] of Object.entries(params)) bench.set(name, value);
      for (const x of bench.render(30000, [128, 33]).audio.audio!) {
        assert.ok(x.every((value) => Math.abs(value) < 1.4));
      }
    }
    await bench.dispose();
  });
});
