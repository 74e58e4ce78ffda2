import assert from 'node:assert/strict';
import { createReferenceStepper, FrameRandom, type Sampling, TokenDraw } from '../../../models/index.js';
import { exportOnnx, ONNX_GRAPH_NAMES } from '../../../models/onnx/export.js';
import { periodState, primeFrames, stateModel } from '../../../models/onnx/graph/state-layout.js';
import { LOGITS_TOLERANCE, largestDifference } from '../../../models/verify.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';
import { runChunk, runPrime, runStep } from './run-graph.js';

/** Every shape of model that a stepper must know, small. */
const models: Readonly<Record<string, TinyBundleOptions>> = {
  s4d: {},
  'S4 of rank 1': { kind: 's4', pool: [2, 4] },
  'S4 with a diagonal form': { kind: 's4', pool: [2, 4], hasModes: true },
  'scalar norm, no GLU, two layers, odd width': {
    norm: 'scalar',
    outputActivation: 'none',
    numLayers: 2,
    dModel: 7,
  },
  'a single tier': { pool: [], conjugatePairs: 3 },
  'a unet': { unet: true, numLayers: 2, pool: [2, 3] },
  'a unet of S4 and four tiers': { unet: true, kind: 's4', dModel: 4, pool: [2, 4, 4] },
  'a conditioned unet': { unet: true, pool: [2, 3], conditioning: TINY_CONDITIONING },
  'a conditioned single tier': { pool: [], conditioning: TINY_CONDITIONING },
};

const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };

describe('ONNX graphs', () => {
  before(async function () {
    await needsOnnxRuntime(this);
  });

  for (const [model, options] of Object.entries(models)) {
    it(`step, chunk and prime agree with the reference: ${model}`, async () => {
      const bundle = tinyBundle(options);
      const { architecture } = bundle.manifest;
      const ids = Uint8Array.from(
        { length: 2 * primeFrames(architecture) },
        (_, t) => (t * 37 + ((t * t) >> 3)) & 255,
      );
      const expected = new Float32Array(ids.length * 256);
      const given = blockConditioning(bundle.manifest, 0, ids.length);
      createReferenceStepper(bundle).createVoice(0).forceBlock(ids, ids.length, expected, given);
      // The onnx stepper is allowed 1e-4, of logits of ordinary size.
      const tolerance = 5 * LOGITS_TOLERANCE * expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1);

      const chunk = await runChunk(bundle, [...ids], new Float64Array(ids.length), GREEDY, 'cpu', given);
      const prime = await runPrime(bundle, [...ids], 'cpu', given);
      for (const logits of [await runStep(bundle, ids, given), chunk.logits, prime.logits]) {
        assert.equal(logits.length, expected.length);
        assert.ok(largestDifference(logits, expected) <= tolerance);
      }
      for (const { name } of periodState(stateModel(bundle))) {
        const [a, b] = [chunk, prime].map(({ state }) => state[`${name}.next`]!.data as Float32Array);
        const size = a!.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        assert.ok(largestDifference(a!, b!) <= 1e-4 * size, name);
      }
    });
  }

  for (const sampling of [
    { temperature: 1, topP: 1, topK: 0 },
    { temperature: 0.7, topP: 0.9, topK: 0 },
    { temperature: 1.5, topP: 1, topK: 7 },
    { temperature: 0.9, topP: 0.6, topK: 40 },
    GREEDY,
  ]) {
    it(`draw what TokenDraw draws: ${JSON.stringify(sampling)}`, async () => {
      const bundle = tinyBundle({ pool: [2] });
      const random = new FrameRandom(3);
      const uniforms = Float64Array.from({ length: 400 }, (_, t) => random.uniform(t));
      const tokens = [128, ...new Array<number>(399).fill(-1)];
      const { drawn, logits } = await runChunk(bundle, tokens, uniforms, sampling);
      const draw = new TokenDraw(256);
      for (const [t, u] of uniforms.entries()) {
        assert.equal(drawn[t], draw.draw(logits.subarray(t * 256, (t + 1) * 256), sampling, u), `frame ${t}`);
      }
    });
  }

  it('rank equal logits by id', async () => {
    const bundle = tinyBundle({ pool: [2] });
    const flat = { ...bundle, tensors: new Map(bundle.tensors) };
    for (const name of ['decoder.weight', 'decoder.bias']) {
      const { shape, data } = bundle.tensors.get(name)!;
      flat.tensors.set(name, { shape, data: new Float32Array(data.length) });
    }
    const tokens = [128, -1, -1, -1];
    const uniforms = Float64Array.of(0.001, 0.34, 0.67, 0.999);
    const topThree = await runChunk(flat, tokens, uniforms, { temperature: 1, topP: 1, topK: 3 });
    assert.deepEqual(topThree.drawn, [0, 1, 2, 2]);
    assert.deepEqual((await runChunk(flat, tokens, uniforms, GREEDY)).drawn, [0, 0, 0, 0]);
  });
});

describe('exporting ONNX', () => {
  it('gives the same bytes of the same bundle', () => {
    for (const name of ONNX_GRAPH_NAMES) {
      const [a, b] = [exportOnnx(tinyBundle(), name), exportOnnx(tinyBundle(), name)];
      assert.ok(Buffer.from(a).equals(b), name);
    }
  });
});
