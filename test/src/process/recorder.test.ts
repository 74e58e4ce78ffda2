import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { Recorder, recordingLimits } from '../../../src/process/recorder.js';
import { TapRing } from '../../../src/process/tap-ring.js';
import { useTempFolder } from '../../support/temp-folder.js';

const sampleRate = 1000;
const channels = 2;
const segmentFrames = recordingLimits.segmentSeconds * sampleRate;

function block(level: number): { channels: Float32Array[] } {
  return { channels: [new Float32Array(100).fill(level), new Float32Array(100).fill(-level)] };
}

describe('Recorder', () => {
  const folder = useTempFolder();
  const failures: unknown[] = [];
  const pathOf = (segment: number): string => folder.path(`last-minutes-9010-${segment}.wav`);

  function recorderOf(ring: TapRing, where = folder.path()): Recorder {
    return new Recorder(ring, {
      folder: where,
      oscPort: 9010,
      sampleRate,
      comment: 'Made by a test.',
      failed: (error) => failures.push(error),
    });
  }

  function framesOf(segment: number): number {
    const wav = new wavefile.WaveFile(readFileSync(pathOf(segment)));
    return (wav.getSamples(false, Float64Array) as unknown as Float64Array[])[0]!.length;
  }

  it('writes segments of one length in turn and says what made them', async () => {
    const ring = new TapRing(TapRing.allocate(4 * segmentFrames, channels), channels);
    const recorder = recorderOf(ring);
    for (let i = 0; i < (2.5 * segmentFrames) / 100; i++) ring.write(block(0.5), 100);
    await recorder.close();
    const sizes = [framesOf(1), framesOf(2), framesOf(3)];
    // Segments end with the piece that fills them.
    for (const frames of sizes.slice(0, 2))
      assert.ok(frames >= segmentFrames && frames < segmentFrames + 4096);
    assert.equal(sizes[0]! + sizes[1]! + sizes[2]!, 2.5 * segmentFrames);
    assert.ok(!existsSync(pathOf(4)));
    assert.ok(readFileSync(pathOf(1)).includes('Made by a test.'));
  });

  it('takes the oldest segment when all are there', async () => {
    for (let segment = 1; segment <= recordingLimits.segments; segment++) {
      writeFileSync(pathOf(segment), 'old');
      utimesSync(pathOf(segment), 1000, segment === 4 ? 100 : 1000 + segment);
    }
    const ring = new TapRing(TapRing.allocate(1024, channels), channels);
    const recorder = recorderOf(ring);
    ring.write(block(0.5), 100);
    await recorder.close();
    assert.equal(framesOf(4), 100);
    assert.equal(readFileSync(pathOf(5), 'utf8'), 'old');
  });

  it('tells when it cannot write, and goes on without', async () => {
    const ring = new TapRing(TapRing.allocate(1024, channels), channels);
    const recorder = recorderOf(ring, folder.path('gone'));
    const { rmSync } = await import('node:fs');
    rmSync(folder.path('gone'), { recursive: true });
    ring.write(block(0.5), 100);
    await recorder.close();
    assert.equal(failures.length, 1);
  });
});
