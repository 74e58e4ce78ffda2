import assert from 'node:assert/strict';
import { loadMono } from '../../../src/audio-files/index.js';
import { ConvertedWav } from '../../../src/takes/index.js';
import { useTempFolder } from '../../support/temp-folder.js';

const fromRate = 48_000;
const sine = (seconds: number): number => 0.5 * Math.sin(2 * Math.PI * 440 * seconds);

describe('a WAV file at a rate of its own', () => {
  const folder = useTempFolder();

  async function written(sampleRate: number, blocks: readonly number[]): Promise<Float32Array> {
    const path = folder.path(`${sampleRate}-${blocks[0]}.wav`);
    const file = new ConvertedWav({
      path,
      channels: 1,
      fromRate,
      sampleRate,
      sampleFormat: '32f',
      comment: '',
    });
    let frame = 0;
    for (const numFrames of blocks) {
      const samples = Float32Array.from({ length: numFrames }, (_, i) => sine((frame + i) / fromRate));
      file.add({ channels: [samples] }, numFrames);
      frame += numFrames;
    }
    await file.close();
    const all = { startSeconds: 0, endSeconds: undefined, mostSeconds: 1 };
    return (await loadMono(path, sampleRate, all)).samples;
  }

  it('holds the samples that came, at the rate at which they came', async () => {
    const samples = await written(fromRate, [100, 4700]);
    assert.deepEqual(
      samples,
      Float32Array.from({ length: 4800 }, (_, i) => sine(i / fromRate)),
    );
  });

  for (const sampleRate of [16_000, 44_100, 96_000]) {
    it(`is as long at ${sampleRate} Hz, begins with the sound, and is the same however that came`, async () => {
      const samples = await written(sampleRate, [128, 3000, 1, 1671]);
      assert.equal(samples.length, sampleRate / 10);
      assert.deepEqual(samples, await written(sampleRate, [4800]));
      // Within half a frame in time, away from the edges.
      const most = (Math.PI * 440) / sampleRate + 0.002;
      for (let i = 200; i < samples.length - 200; i++) {
        assert.ok(Math.abs(samples[i]! - sine(i / sampleRate)) < most, `${i}`);
      }
    });
  }
});
