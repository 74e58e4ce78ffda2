import assert from 'node:assert/strict';
import { createInputRing, InputRingReader, InputRingWriter } from '../../../src/audio-input/input-ring.js';
import { SoundIntake } from '../../../src/audio-input/sound-intake.js';

const wish = { device: '', channels: 2, firstChannel: 1, sampleRate: 48_000, pieceFrames: 128 } as const;

/** Feeds frames of `channels` values in pieces of an odd number of bytes. */
function heard(
  frames: readonly (readonly number[])[],
  given: { readonly sampleRate?: number },
  wanted: { readonly channels?: 1 | 2; readonly firstChannel?: number } = {},
): { left: number[]; right: number[] } {
  const memory = createInputRing(20_000);
  const reader = new InputRingReader(memory);
  const format = { device: 'a test', sampleRate: given.sampleRate ?? 48_000, channels: frames[0]!.length };
  const intake = new SoundIntake(format, { ...wish, ...wanted }, new InputRingWriter(memory));
  const bytes = new Uint8Array(Float32Array.from(frames.flat()).buffer);
  for (let at = 0; at < bytes.length; at += 1001) intake.take(bytes.subarray(at, at + 1001));
  const out = [new Float32Array(20_000), new Float32Array(20_000)];
  const count = reader.read(out, 20_000);
  return { left: [...out[0]!.subarray(0, count)], right: [...out[1]!.subarray(0, count)] };
}

describe('what comes from a device', () => {
  const frames = Array.from({ length: 5000 }, (_, i) => [i / 8192, -i / 8192, 0.25]);
  const column = (c: number): number[] => frames.map((frame) => frame[c]!);

  it('is taken from its channels, wherever the bytes are cut', () => {
    assert.deepEqual(heard(frames, {}), { left: column(0), right: column(1) });
    assert.deepEqual(heard(frames, {}, { firstChannel: 2 }), { left: column(1), right: column(2) });
  });

  it('sounds on both sides where it is one channel, or no more are there', () => {
    assert.deepEqual(heard(frames, {}, { channels: 1, firstChannel: 2 }), {
      left: column(1),
      right: column(1),
    });
    assert.deepEqual(heard(frames, {}, { firstChannel: 3 }), { left: column(2), right: column(2) });
  });

  it('is silence where it is no finite number', () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, 1e30, -1e9].map((x) => [x, 0.5]);
    assert.deepEqual(heard(bad, {}), { left: [0, 0, 0, 0], right: [0.5, 0.5, 0.5, 0.5] });
  });

  it('comes at the rate of the engine', () => {
    const sound = Array.from({ length: 4410 }, () => [0.5]);
    const { left } = heard(sound, { sampleRate: 44_100 });
    assert.ok(Math.abs(left.length - 4800) < 80, `${left.length} frames`);
    assert.ok(Math.abs(left.at(-100)! - 0.5) < 1e-4);
  });
});
