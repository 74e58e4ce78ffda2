import assert from 'node:assert/strict';
import { LevelMeter, LoadMeter } from '../../../src/engine/meters.js';

const sampleRate = 8000;

function block(level: number): { channels: Float32Array[] } {
  return { channels: [new Float32Array(100).fill(level), new Float32Array(100).fill(-level)] };
}

describe('LevelMeter', () => {
  it('reads 0 before the first block', () => {
    const meter = new LevelMeter(sampleRate);
    assert.equal(meter.peak(), 0);
    assert.equal(meter.rms(), 0);
  });

  it('knows peak and RMS over all channels', () => {
    const meter = new LevelMeter(sampleRate);
    meter.add({ channels: [new Float32Array([0.6, 0]), new Float32Array([0, -0.8])] }, 2);
    assert.ok(Math.abs(meter.peak() - 0.8) < 1e-6);
    assert.ok(Math.abs(meter.rms() - 0.5) < 1e-6);
  });

  it('forgets a peak within a second and an eighth', () => {
    const meter = new LevelMeter(sampleRate);
    meter.add(block(1), 100);
    for (let i = 0; i < 60; i++) meter.add(block(0.1), 100);
    assert.ok(Math.abs(meter.peak() - 1) < 1e-6);
    for (let i = 0; i < 30; i++) meter.add(block(0.1), 100);
    assert.ok(Math.abs(meter.peak() - 0.1) < 1e-6);
    assert.ok(Math.abs(meter.rms() - 0.1) < 1e-6);
  });
});

describe('LoadMeter', () => {
  it('knows the mean and the worst share', () => {
    const meter = new LoadMeter();
    for (let i = 0; i < 9; i++) meter.add(1, 10);
    meter.add(6, 10);
    assert.ok(Math.abs(meter.mean() - 0.15) < 1e-9);
    assert.ok(Math.abs(meter.peak() - 0.6) < 1e-9);
  });

  it('forgets the worst within a second and an eighth', () => {
    const meter = new LoadMeter();
    meter.add(9, 10);
    for (let i = 0; i < 120; i++) meter.add(1, 10);
    assert.ok(Math.abs(meter.peak() - 0.1) < 1e-9);
  });
});
