import assert from 'node:assert/strict';
import type { AudioInputTap } from '../../../nodes/index.js';
import { EngineAudioFiles } from '../../../src/audio-files/index.js';
import { RecordedAudioInputs } from '../../../src/audio-input/index.js';
import type { TakeInputNews } from '../../../src/process/audio-link.js';
import { TakeInputs } from '../../../src/process/take-inputs.js';
import { TakeTrack } from '../../../src/process/take-track.js';
import { TapRing } from '../../../src/process/tap-ring.js';
import type { TakeWatch } from '../../../src/takes/index.js';
import { useTempFolder } from '../../support/temp-folder.js';

const sampleRate = 8000;

describe('inputs in a take', () => {
  const folder = useTempFolder();

  it('are kept for each node and each patch, and heard again from the frame at which they began', async () => {
    const news: TakeInputNews[] = [];
    const noted: { nodeId: string; frame: number; file: string }[] = [];
    const inputs = new TakeInputs(sampleRate, (told) => news.push(told));
    inputs.watch = {
      noteInput: (nodeId: string, frame: number, file: string) => noted.push({ nodeId, frame, file }),
    } as Partial<TakeWatch> as TakeWatch;
    const feed = (tap: AudioInputTap, startFrame: number, scale: number): void => {
      const block = [new Float32Array(64), new Float32Array(64)];
      for (let frame = startFrame; frame < startFrame + 640; frame += 64) {
        for (let i = 0; i < 64; i++) for (const [c, x] of block.entries()) x[i] = (frame + i + c) * scale;
        tap(frame, block, 64);
      }
    };
    // One that is opened and never heard, two of one id, and another.
    inputs.open('ear');
    feed(inputs.open('ear'), 128, 1 / 4096);
    feed(inputs.open('ear'), 1024, -1 / 4096);
    feed(inputs.open('other'), 0, 1 / 8192);
    assert.deepEqual(
      noted.map(({ nodeId, frame }) => [nodeId, frame]),
      [
        ['ear', 128],
        ['ear', 1024],
        ['other', 0],
      ],
    );
    for (const { file, ring } of news) {
      const track = new TakeTrack(new TapRing(ring, 2), folder.path(file), sampleRate, '');
      track.drain();
      await track.close();
    }
    const recordings = noted.map(({ nodeId, frame, file }) => ({
      nodeId,
      firstFrame: frame,
      file: folder.path(file),
    }));
    const again = new RecordedAudioInputs(new EngineAudioFiles(folder.path()), recordings);
    const out = [new Float32Array(640), new Float32Array(640)];
    for (const [nodeId, frame, scale] of [
      ['ear', 1024, -1 / 4096],
      ['ear', 128, 1 / 4096],
      ['other', 0, 1 / 8192],
    ] as const) {
      const stream = await again.listen({
        nodeId,
        sampleRate,
        mode: 'offline',
        device: '',
        channels: 1,
        firstChannel: 1,
      });
      stream.begin(frame);
      assert.equal(stream.read(out, 640), 640);
      for (const [c, x] of out.entries()) {
        assert.deepEqual(
          x,
          Float32Array.from({ length: 640 }, (_, i) => (frame + i + c) * scale),
        );
      }
      await stream.close();
    }
  });

  it('tell what did not fit', () => {
    const inputs = new TakeInputs(sampleRate, () => undefined);
    const tap = inputs.open('ear');
    const block = [new Float32Array(1024), new Float32Array(1024)];
    for (let frame = 0; frame < 20 * sampleRate; frame += 1024) tap(frame, block, 1024);
    assert.ok(inputs.dropped > 0);
  });
});
