/** The node with a real, if tiny, model behind it: what `render` does, without a bundle on disk. */
import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import { InlineStream } from '../../../models/stream/inline-stream.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { createBench, servicesOf } from '../../support/graph-harness.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { FakeModelStreams } from '../fake-model-streams.js';

const FRAMES = 9600;

async function render(seed: number, blocks: readonly number[], temperature = 1): Promise<Float32Array> {
  const stepper = createReferenceStepper(tinyBundle());
  const stream = new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 });
  const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
  const bench = await createBench(sashimi, { seed, services, params: { temperature } });
  const x = bench.render(FRAMES, blocks).audio.audio![0]!;
  await bench.dispose();
  stepper.dispose();
  return x;
}

describe('sashimi with a model', () => {
  it('makes the same samples from the same seed, at any block size', async () => {
    const expected = await render(3, [128]);
    assert.ok(
      expected.some((x) => Math.abs(x) > 0.05),
      'it sounds',
    );
    for (const blocks of [[128], [1, 7, 64, 500], [512]]) assert.deepEqual(await render(3, blocks), expected);
    assert.notDeepEqual(await render(4, [128]), expected);
    assert.notDeepEqual(await render(3, [128], 0.5), expected);
  });

  it('starts anew from the same seed: the same sound again after a reset', async () => {
    const stepper = createReferenceStepper(tinyBundle());
    const stream = new InlineStream(stepper, 0, { temperature: 1, topP: 1, topK: 0 });
    const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
    const bench = await createBench(sashimi, { services });
    await bench.act('reset', 21);
    const first = bench.render(FRAMES).audio.audio![0]!;
    await bench.act('reset', 21);
    const again = bench.render(FRAMES).audio.audio![0]!;
    // Until the old sound has faded out under the new one they differ.
    const from = 48 + 2 * 48 * 8;
    for (let i = from; i < FRAMES; i++) assert.ok(Math.abs(first[i]! - again[i]!) < 1e-6, `frame ${i}`);
    await bench.dispose();
  });
});
