import assert from 'node:assert/strict';
import { convertMono } from '../../../src/audio-files/index.js';

describe('samples at another rate', () => {
  it('are as many as their time, and the same sound', async () => {
    const samples = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i * 0.02));
    const { samples: converted, faults } = await convertMono(samples, 48_000, 16_000);
    assert.equal(converted.length, 16_000);
    assert.deepEqual(faults, []);
    for (let i = 200; i < 15_800; i++) {
      assert.ok(Math.abs(converted[i]! - Math.sin(i * 0.06)) < 1e-3, `frame ${i}`);
    }
    assert.deepEqual((await convertMono(samples, 48_000, 48_000)).samples, samples);
  });

  it('are none where there are none, and silence where they are no numbers', async () => {
    assert.equal((await convertMono(new Float32Array(0), 48_000, 16_000)).samples.length, 0);
    const { samples, faults } = await convertMono(new Float32Array(100).fill(Number.NaN), 16_000, 16_000);
    assert.deepEqual(samples, new Float32Array(100));
    assert.equal(faults.length, 1);
  });
});
