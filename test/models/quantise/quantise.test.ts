import assert from 'node:assert/strict';
import { codesOf } from '../../../models/bundle/quantised.js';
import {
  type Bundle,
  calibrationFrames,
  createReferenceStepper,
  encode,
  excerptTokens,
  exportV4,
  ownTokens,
  type QuantisedFormat,
  quantiseTensors,
  scoreAudio,
  sealBundle,
  soundOfTokens,
  type Tensor,
} from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { TINY_CONDITIONING, tinyBundle } from '../../support/tiny-bundle.js';

const small = { dModel: 16, numLayers: 1, pool: [4], conjugatePairs: 4 };
const formats: readonly QuantisedFormat[] = ['bf16', 'int8', 'int4'];

async function quantised(bundle: Bundle, format: QuantisedFormat, calibration?: Uint8Array): Promise<Bundle> {
  const tensors = await quantiseTensors(bundle, { format, ...(calibration ? { calibration } : {}) });
  return sealBundle(bundle.manifest, tensors).bundle;
}

function withTrained(bundle: Bundle): Bundle {
  const prefix = 'blocks.center.0.s4';
  const { shape } = bundle.tensors.get(`${prefix}.ssm.a`)!;
  const [width, pairs] = shape as [number, number, number];
  const filled = (...sizes: number[]): Tensor => ({
    shape: sizes,
    data: new Float32Array(sizes.reduce((product, size) => product * size, 1)).fill(0.1),
  });
  const tensors = new Map(bundle.tensors);
  tensors.set(`${prefix}.ssm.modes.a`, filled(width, pairs, 2));
  tensors.set(`${prefix}.ssm.modes.c`, filled(width, pairs, 2));
  tensors.set(`${prefix}.trained.inv_dt`, filled(width, 1));
  return sealBundle(bundle.manifest, tensors).bundle;
}

describe('quantised bundles', function () {
  this.timeout(240_000);

  for (const format of formats) {
    it(`have their matrices in ${format} and all else as it was`, async () => {
      const bundle = tinyBundle({ ...small, conditioning: TINY_CONDITIONING });
      const { tensors, manifest } = await quantised(bundle, format);
      assert.equal(manifest.weights.format, format);
      for (const [name, tensor] of tensors) {
        const isEnd = name === 'embedding.weight' || name === 'decoder.weight';
        if (tensor.shape.length === 2 && !name.startsWith('cond.')) {
          assert.equal(tensor.quantised?.format, format === 'int4' && isEnd ? 'int8' : format, name);
        } else {
          assert.equal(tensor, bundle.tensors.get(name), name);
        }
      }
    });

    it(`of ${format} stay as they are when they are quantised again`, async () => {
      const bundle = tinyBundle(small);
      const calibration = await ownTokens(bundle, 512, 1);
      const once = await quantised(bundle, format, calibration);
      const twice = await quantised(once, format, calibration);
      assert.equal(twice.manifest.weights.sha256, once.manifest.weights.sha256);
      assert.notEqual(once.manifest.weights.sha256, bundle.manifest.weights.sha256);
    });
  }

  it('leave the trained parameters out and keep the diagonal modes', async () => {
    const bundle = withTrained(tinyBundle({ ...small, kind: 's4' }));
    const { tensors, manifest } = await quantised(bundle, 'int8');
    assert.ok(tensors.has('blocks.center.0.s4.ssm.modes.a') && tensors.has('blocks.center.0.s4.ssm.modes.c'));
    assert.ok(![...tensors.keys()].some((name) => name.includes('.trained.')));
    await assertModelError(() => exportV4({ manifest, tensors }), 'MODEL_TENSOR_MISSING');
  });

  it('have the size that the format says', async () => {
    const bundle = tinyBundle({ ...small, dModel: 64 });
    let matrixValues = 0;
    let otherValues = 0;
    let rows = 0;
    for (const { shape, data } of bundle.tensors.values()) {
      if (shape.length === 2) {
        matrixValues += data.length;
        rows += shape[0]!;
      } else {
        otherValues += data.length;
      }
    }
    const ends = 2 * 256 * 64;
    const { bytes } = bundle.manifest.weights;
    const header = bytes - 4 * (matrixValues + otherValues);
    const expected = {
      bf16: 2 * matrixValues,
      int8: matrixValues + 4 * rows,
      int4: ends + 4 * 2 * 256 + ((matrixValues - ends) / 2) * (1 + 4 / 16),
    };
    for (const format of formats) {
      const { manifest } = await quantised(bundle, format);
      const content = expected[format] + 4 * otherValues;
      const difference = manifest.weights.bytes - content - header;
      // Names and hashes of the scales stand in the header.
      assert.ok(difference >= -100 && difference < 6000, `${format}: ${difference}`);
    }
  });

  it('are refused in a wider format than they have, and of models that no stepper runs', async () => {
    const int8 = await quantised(tinyBundle(small), 'int8');
    await assertModelError(() => quantised(int8, 'bf16'), 'MODEL_ARGUMENT', /bf16 but tiny has int8/);
    await quantised(int8, 'int4');
    const { manifest } = tinyBundle(small);
    const architecture = { ...manifest.architecture, bidirectional: true };
    const bidirectional: Bundle = { manifest: { ...manifest, architecture }, tensors: new Map() };
    await assertModelError(() => quantised(bidirectional, 'int8'), 'MODEL_UNSUPPORTED', /bidirectional/);
  });
});

describe('calibrated int4', function () {
  this.timeout(240_000);
  const bundle = tinyBundle({ ...small, dModel: 32, numLayers: 2 });

  async function bitsOf(candidate: Bundle, tokens: Uint8Array): Promise<number> {
    const audio = soundOfTokens(candidate, tokens);
    return (await scoreAudio(candidate, createReferenceStepper(candidate), audio)).bitsPerSample;
  }

  it('costs less than half of what rounding to the nearest costs, on sound it was not calibrated on', async () => {
    const calibration = await ownTokens(bundle, 4096, 1);
    const other = await ownTokens(bundle, 2048, 2);
    const original = await bitsOf(bundle, other);
    const nearest = (await bitsOf(await quantised(bundle, 'int4'), other)) - original;
    const calibrated = (await bitsOf(await quantised(bundle, 'int4', calibration), other)) - original;
    assert.ok(nearest > 0.005, `${nearest}`);
    assert.ok(calibrated < 0.5 * nearest, `${calibrated} of ${nearest}`);
  });

  it('is the same every time, with codes that its values give back', async () => {
    const calibration = await ownTokens(bundle, 1024, 1);
    const a = await quantised(bundle, 'int4', calibration);
    const b = await quantised(bundle, 'int4', calibration);
    assert.equal(a.manifest.weights.sha256, b.manifest.weights.sha256);
    for (const [name, tensor] of a.tensors) if (tensor.quantised) codesOf(name, tensor, tensor.quantised);
  });

  it('tells how far it is', async () => {
    const shares: number[] = [];
    const calibration = await ownTokens(bundle, 64, 1);
    await quantiseTensors(bundle, {
      format: 'int4',
      calibration,
      onProgress: (share) => void shares.push(share),
    });
    assert.equal(shares[0], 0);
    assert.ok(shares.at(-1)! < 1 && shares.every((share, i) => i === 0 || share > shares[i - 1]!));
  });
});

describe('calibration sound', () => {
  const bundle = tinyBundle();

  it('is whole windows of the deepest tier, and less of it for larger models', () => {
    const frames = calibrationFrames(bundle);
    assert.equal(frames % 16, 0);
    assert.ok(calibrationFrames(tinyBundle({ dModel: 128, numLayers: 2 })) < frames);
  });

  it('is spread over all clips', () => {
    const clips = [0.1, 0.9].map((value) => new Float32Array(50_000).fill(value));
    const tokens = excerptTokens(bundle, clips, 32_016);
    assert.equal(tokens.length, 32_016);
    assert.equal(new Set(tokens.subarray(0, 16_000)).size, 1);
    assert.notEqual(tokens[0], tokens.at(-1));
    assert.equal(excerptTokens(bundle, [new Float32Array(100)], 32_000).length, 96);
  });

  for (const quantiser of ['mu-law', 'linear'] as const) {
    it(`of tokens has these tokens again, ${quantiser}`, () => {
      const coded = tinyBundle({ quantiser });
      const tokens = Uint8Array.from({ length: 256 }, (_, token) => token);
      assert.deepEqual(encode(coded.manifest.quantiser, soundOfTokens(coded, tokens)), tokens);
    });
  }

  it('of less than a window is refused', () =>
    assertModelError(() => excerptTokens(bundle, [new Float32Array(15)], 64), 'MODEL_ARGUMENT', /16 frames/));

  it('of its own is the same for a seed', async () => {
    const a = await ownTokens(bundle, 3000, 1);
    assert.deepEqual(a, await ownTokens(bundle, 3000, 1));
    assert.notDeepEqual(a, await ownTokens(bundle, 3000, 2));
  });
});
