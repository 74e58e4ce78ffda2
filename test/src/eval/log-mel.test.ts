import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { fitGaussian, frechetDistance } from '../../../src/eval/frechet.js';
import { LOG_MEL, LogMel } from '../../../src/eval/log-mel.js';

interface Golden {
  readonly sounds: readonly { readonly hz: number; readonly colour: number; readonly frames: number[][] }[];
  readonly distance: number;
}

/** Written by models/training/make_parity.py with models/training/metrics.py. */
const golden = JSON.parse(
  readFileSync(join(packageRoot(), 'test', 'golden', 'log-mel', 'sounds.json'), 'utf8'),
) as Golden;

/** The same as `log_mel_sound` there. */
function sound({ hz, colour }: { readonly hz: number; readonly colour: number }): Float32Array {
  let state = 1;
  let level = 0;
  return Float32Array.from({ length: 2 * LOG_MEL.sampleRate }, (_, t) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    level = colour * level + (1 - colour) * (state / 2 ** 31 - 1);
    const swell = 0.5 - 0.5 * Math.cos((2 * Math.PI * t) / LOG_MEL.sampleRate);
    return 0.3 * level + 0.2 * swell * Math.sin((2 * Math.PI * hz * t) / LOG_MEL.sampleRate);
  });
}

describe('log-mel frames', () => {
  const mel = new LogMel();

  for (const original of golden.sounds) {
    it(`are those of the recipes, of a tone at ${original.hz} Hz`, () => {
      const frames = mel.frames(sound(original));
      assert.equal(frames.length, mel.numFrames(2 * LOG_MEL.sampleRate) * LOG_MEL.numBands);
      for (const [i, expected] of original.frames.flat().entries()) {
        assert.ok(Math.abs(frames[i]! - expected) < 1e-4, `value ${i}: ${frames[i]} is not ${expected}`);
      }
    });
  }

  it('give the distance of the recipes', () => {
    const [a, b] = golden.sounds.map((shape) => fitGaussian(mel.frames(sound(shape)), LOG_MEL.numBands));
    const distance = frechetDistance(a!, b!);
    assert.ok(Math.abs(distance / golden.distance - 1) < 1e-5, `${distance} is not ${golden.distance}`);
  });

  it('has its windows wholly inside the sound', () => {
    assert.deepEqual(
      [0, 1023, 1024, 1279, 1280].map((count) => mel.numFrames(count)),
      [0, 0, 1, 1, 2],
    );
    assert.equal(mel.frames(new Float32Array(1000)).length, 0);
  });

  it('has a floor under silence', () => {
    const frames = mel.frames(new Float32Array(1024));
    assert.ok(frames.every((value) => Math.abs(value - Math.log(1e-8)) < 1e-9));
  });

  it('shows a tone in its own band at any shape', () => {
    const shape = { sampleRate: 16_000, numBands: 24, windowFrames: 512, hopFrames: 80 };
    const tone = Float32Array.from({ length: 512 }, (_, t) => Math.sin((2 * Math.PI * 1000 * t) / 16_000));
    const frames = new LogMel(shape).frames(tone);
    const mels = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
    const expected = Math.round((mels(1000) / mels(8000)) * 25) - 1;
    assert.equal(frames.indexOf(Math.max(...frames)), expected);
    assert.ok(Math.max(...frames) > -0.7, 'a full-scale sine is about 0');
  });
});
