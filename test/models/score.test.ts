import assert from 'node:assert/strict';
import { createReferenceStepper, decodeTable, encodeClip, scoreAudio } from '../../models/index.js';
import { blockConditioning } from '../support/conditioning-frames.js';
import { assertModelError } from '../support/model-errors.js';
import { TINY_CONDITIONING, tinyBundle } from '../support/tiny-bundle.js';

describe('score', () => {
  const bundle = tinyBundle();
  const stepper = createReferenceStepper(bundle);

  it('is 8 bits for a model that knows nothing', async () => {
    const blank = tinyBundle();
    blank.tensors.get('decoder.weight')!.data.fill(0);
    blank.tensors.get('decoder.bias')!.data.fill(0);
    const { bitsPerSample, frames } = await scoreAudio(blank, createReferenceStepper(blank), noise(3000));
    assert.ok(Math.abs(bitsPerSample - 8) < 1e-9);
    assert.equal(frames, 3000);
  });

  it('predicts each token from those before it: the score, restated frame by frame', async () => {
    const audio = noise(40);
    const { quantiser } = bundle.manifest;
    const tokens = encodeClip(quantiser, audio);
    const voice = stepper.createVoice(0);
    const row = new Float32Array(256);
    let bits = 0;
    for (let t = 0; t < tokens.length; t++) {
      voice.forceBlock(Uint8Array.of(t === 0 ? quantiser.startToken : tokens[t - 1]!), 1, row);
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      bits -= Math.log2(Math.exp(row[tokens[t]!]!) / total);
    }
    const { bitsPerSample } = await scoreAudio(bundle, stepper, audio, { scaling: 'clip' });
    assert.ok(Math.abs(bitsPerSample - bits / tokens.length) < 1e-9);
  });

  it('scores what the model itself plays better than noise', async () => {
    const out = new Float32Array(4000);
    const ids = new Uint8Array(4000);
    stepper.createVoice(3).stepBlock(out, 4000, { temperature: 0.7, topP: 1, topK: 0 }, ids);
    // The middle of each level: decoded amplitudes lie on the lower edge, and encode one lower half of the time.
    const table = decodeTable(bundle.manifest.quantiser);
    const played = Float32Array.from(ids, (id) => (table[id]! + (table[id + 1] ?? 1)) / 2);
    const own = await scoreAudio(bundle, stepper, played);
    const other = await scoreAudio(bundle, stepper, noise(4000));
    assert.ok(own.bitsPerSample < other.bitsPerSample - 1, `${own.bitsPerSample}, ${other.bitsPerSample}`);
  });

  it('reports progress to the end', async () => {
    const shares: number[] = [];
    await scoreAudio(bundle, stepper, noise(2500), { onProgress: (share) => void shares.push(share) });
    assert.deepEqual(shares, [1024 / 2500, 2048 / 2500, 1]);
  });

  it('drops conditioning, or gives the frames of each block', async () => {
    const conditioned = createReferenceStepper(tinyBundle({ conditioning: TINY_CONDITIONING }));
    const model = tinyBundle({ conditioning: TINY_CONDITIONING });
    const out = new Float32Array(2600);
    const ids = new Uint8Array(2600);
    const given = blockConditioning(conditioned, 0, 2600);
    conditioned.createVoice(3).stepBlock(out, 2600, { temperature: 0.5, topP: 1, topK: 0 }, ids, given);
    const table = decodeTable(model.manifest.quantiser);
    const played = Float32Array.from(ids, (id) => (table[id]! + (table[id + 1] ?? 1)) / 2);
    let frame = 0;
    const next = (numFrames: number) => {
      const rows = blockConditioning(conditioned, frame, numFrames);
      frame += numFrames;
      return rows;
    };
    const steered = await scoreAudio(model, conditioned, played, { conditioning: next });
    const dropped = await scoreAudio(model, conditioned, played);
    assert.ok(steered.bitsPerSample < dropped.bitsPerSample - 0.5, JSON.stringify([steered, dropped]));
    const short = () => given.map((rows) => rows.subarray(rows.length));
    await assertModelError(
      () => scoreAudio(model, conditioned, played, { conditioning: short }),
      'MODEL_ARGUMENT',
    );
  });

  it('refuses no audio', () =>
    assertModelError(() => scoreAudio(bundle, stepper, new Float32Array()), 'MODEL_ARGUMENT'));
});

function noise(numFrames: number): Float32Array {
  return Float32Array.from({ length: numFrames }, (_, t) => 0.8 * Math.sin(t * t * 0.37));
}
