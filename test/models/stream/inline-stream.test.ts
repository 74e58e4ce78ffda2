import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { TINY_CONDITIONING, tinyBundle } from '../../support/tiny-bundle.js';
import { SAMPLING } from './streams.js';

describe('an inline stream', () => {
  const stepper = createReferenceStepper(tinyBundle());

  it('gives what stepBlock gives, at any block size', () => {
    const expected = new Float32Array(300);
    stepper.createVoice(5).stepBlock(expected, 300, SAMPLING);
    for (const block of [1, 43, 128, 300]) {
      const stream = new InlineStream(stepper, 5, SAMPLING);
      const out = new Float32Array(300);
      for (let t = 0; t < 300; t += block) {
        const n = Math.min(block, 300 - t);
        assert.equal(stream.read(out.subarray(t), n), n);
      }
      assert.deepEqual(out, expected);
    }
  });

  it('applies sampling to the very next frame and keeps no reference to it', () => {
    const sampling = { temperature: 1, topP: 1, topK: 0 };
    const stream = new InlineStream(stepper, 5, SAMPLING);
    const voice = stepper.createVoice(5);
    const out = new Float32Array(64);
    const expected = new Float32Array(64);
    stream.read(out, 10);
    voice.stepBlock(expected, 10, SAMPLING);
    stream.setSampling(sampling);
    sampling.temperature = 4;
    stream.read(out, 64);
    voice.stepBlock(expected, 64, { temperature: 1, topP: 1, topK: 0 });
    assert.deepEqual(out, expected);
  });

  it('starts anew on reset and is silent after close', async () => {
    const stream = new InlineStream(stepper, 5, SAMPLING);
    const first = new Float32Array(50);
    const again = new Float32Array(50);
    stream.read(first, 50);
    stream.reset(5);
    stream.read(again, 50);
    assert.deepEqual(again, first);
    assert.equal(stream.lookAheadFrames, 0);
    assert.equal(stream.state.load, 0);
    await stream.close();
    assert.equal(stream.read(again, 50), 0);
  });

  it('steers its voice with what is said, block by block or long before', () => {
    const steered = createReferenceStepper(tinyBundle({ conditioning: TINY_CONDITIONING }));
    const all = blockConditioning(steered, 0, 300);
    const expected = new Float32Array(300);
    steered.createVoice(5).stepBlock(expected, 300, SAMPLING, undefined, all);
    for (const block of [1, 43, 300]) {
      const stream = new InlineStream(steered, 5, SAMPLING);
      assert.deepEqual(stream.conditioning, TINY_CONDITIONING);
      const out = new Float32Array(300);
      for (let t = 0; t < 300; t += block) {
        const n = Math.min(block, 300 - t);
        for (const [input, rows] of blockConditioning(steered, t, n).entries()) {
          const { dim, rateHz } = TINY_CONDITIONING[input]!;
          stream.setConditioning(input, Math.floor((t * rateHz) / 16000), rows, rows.length / dim);
        }
        stream.read(out.subarray(t), n);
      }
      assert.deepEqual(out, expected, `blocks of ${block}`);
    }
    const stream = new InlineStream(steered, 5, SAMPLING);
    for (const [input, rows] of all.entries())
      stream.setConditioning(input, 0, rows, rows.length / TINY_CONDITIONING[input]!.dim);
    const out = new Float32Array(300);
    assert.equal(stream.read(out, 300), 300);
    assert.deepEqual(out, expected);
    stream.reset(5);
    stream.read(out, 300);
    const dropped = new Float32Array(300);
    steered.createVoice(5).stepBlock(dropped, 300, SAMPLING);
    assert.deepEqual(out, dropped);
  });
});
