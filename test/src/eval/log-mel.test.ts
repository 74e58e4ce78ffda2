import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, parseSafetensors, toFloat32 } from '../../../models/index.js';
import { logMelFrames, MEL_BANDS, MEL_HOP, MEL_WINDOW } from '../../../src/eval/log-mel.js';

/** Written by models/training/make_parity.py with models/training/metrics.py. */
const GOLDEN = join(packageRoot(), 'test', 'golden', 'log-mel', 'io.safetensors');
/** Frames are stored as float32, and reach -18. */
const TOLERANCE = 2e-6;

describe('log-mel frames', () => {
  it('are those of the training recipes', () => {
    const { tensors } = parseSafetensors(readFileSync(GOLDEN));
    const frames = logMelFrames(toFloat32(tensors.get('sound')!));
    const expected = toFloat32(tensors.get('frames')!);
    assert.equal(frames.length * MEL_BANDS, expected.length);
    for (const [k, frame] of frames.entries()) {
      for (const [band, value] of frame.entries()) {
        const error = Math.abs(value - expected[k * MEL_BANDS + band]!);
        assert.ok(error <= TOLERANCE, `frame ${k}, band ${band}: ${error}`);
      }
    }
  });

  it('are made of whole windows only', () => {
    const count = (numSamples: number): number => logMelFrames(new Float32Array(numSamples)).length;
    assert.deepEqual(
      [MEL_WINDOW - 1, MEL_WINDOW, MEL_WINDOW + MEL_HOP - 1, MEL_WINDOW + MEL_HOP].map(count),
      [0, 1, 1, 2],
    );
  });

  it('find a tone in its band, and a floor in silence', () => {
    const tone = Float32Array.from({ length: MEL_WINDOW }, (_, i) =>
      Math.sin((2 * Math.PI * 1000 * i) / 16_000),
    );
    const [frame] = logMelFrames(tone);
    // 1000 Hz is 1000 mel; bands are 2840 / 41 mel apart.
    const loudest = frame!.indexOf(Math.max(...frame!));
    assert.ok(Math.abs(loudest + 1 - 1000 / (2840 / 41)) < 1, `band ${loudest}`);
    const [silence] = logMelFrames(new Float32Array(MEL_WINDOW));
    for (const value of silence!) assert.ok(Math.abs(value - Math.log(1e-8)) < 1e-9);
  });
});
