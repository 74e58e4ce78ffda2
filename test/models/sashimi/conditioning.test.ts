import assert from 'node:assert/strict';
import {
  type Bundle,
  type Conditioning,
  createReferenceStepper,
  type Tensor,
} from '../../../models/index.js';
import { largestDifference } from '../../../models/verify.js';
import { assertModelError } from '../../support/model-errors.js';
import { gaussian, seededRandom } from '../../support/random.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

const NUM_FRAMES = 200;
/** Of logits, where sums in float32 tensors stand beside sums in float64. */
const TOLERANCE = 1e-5;
const [ROLL, SOURCE] = TINY_CONDITIONING as [(typeof TINY_CONDITIONING)[0], (typeof TINY_CONDITIONING)[0]];
const ids = Uint8Array.from({ length: NUM_FRAMES }, (_, t) => (t * 37 + ((t * t) >> 3)) & 255);

describe('conditioning of the reference stepper', () => {
  it('of weights of zero changes nothing', () => {
    const bundle = conditioned();
    const silent = changed(bundle, (name, tensor) => (name.startsWith('cond.') ? zeros(tensor) : tensor));
    const plain = changed(bundle, (_, tensor) => tensor);
    const unconditional = { ...plain, manifest: { ...plain.manifest, conditioning: [] } };
    assert.deepEqual(logitsOf(silent, frames()), logitsOf(unconditional));
    assert.notDeepEqual(logitsOf(bundle, frames()), logitsOf(unconditional));
  });

  for (const [name, options] of [
    ['a plain model', {}],
    ['a unet', { unet: true }],
  ] as const) {
    it(`of ${name}: a frame that stands still is what its projection is as the stand-in of a missing one`, () => {
      const bundle = conditioned(options);
      const [roll] = frames();
      const still = roll!.map((_, i) => roll![i % ROLL.dim]!);
      const instead = changed(bundle, (name, tensor) =>
        name.startsWith('cond.roll.') && name.endsWith('.dropped')
          ? project(bundle.tensors.get(name.replace('dropped', 'weight'))!, still)
          : tensor,
      );
      const [expected, received] = [logitsOf(instead), logitsOf(bundle, [still, undefined])];
      assert.ok(largestDifference(expected, received) <= TOLERANCE);
    });
  }

  it('at the audio rate is added to the embedding', () => {
    const bundle = conditioned({ pool: [], conditioning: [SOURCE] });
    const [, source] = frames();
    const still = source!.map((_, i) => source![i % SOURCE.dim]!);
    const shift = project(bundle.tensors.get('cond.source.0.weight')!, still).data;
    const instead = changed(bundle, (name, tensor) => {
      if (name.startsWith('cond.')) return zeros(tensor);
      if (name !== 'embedding.weight') return tensor;
      return { ...tensor, data: tensor.data.map((value, i) => value + shift[i % shift.length]!) };
    });
    assert.ok(largestDifference(logitsOf(instead), logitsOf(bundle, [still])) <= TOLERANCE);
  });

  it('is heard from the first sample of its frame on, at the audio rate', () => {
    const bundle = onlyTier(0);
    const from = 3;
    const [a, b] = [logitsOf(bundle, frames()), logitsOf(bundle, [rollChangedFrom(from), frames()[1]])];
    assert.equal(firstDifference(a, b), from * 16);
  });

  it('of a deeper tier takes the frame of the sample at which the tier runs', () => {
    // Tier 1 runs at t = 3, 7, ... and its answer is played out from t + 1 on.
    const changedAt = (tier: number, sample: number) => {
      const bundle = onlyTier(tier, SOURCE.name);
      const [roll, source] = frames();
      const other = source!.slice();
      other[sample * SOURCE.dim] = other[sample * SOURCE.dim]! + 3;
      return firstDifference(logitsOf(bundle, [roll, source]), logitsOf(bundle, [roll, other]));
    };
    assert.equal(changedAt(1, 39), 40);
    assert.equal(changedAt(1, 38), undefined);
    // Tier 2 runs at t = 15, 31, ...; tier 1 plays its answer out from its next frame on.
    assert.equal(changedAt(2, 47), 52);
    assert.equal(changedAt(2, 46), undefined);
  });

  it('refuses what is no conditioning of the block, and steps nothing', async () => {
    const voice = createReferenceStepper(conditioned()).createVoice(1);
    const [roll, source] = frames();
    for (const wrong of [[], [roll], [roll, source, source], [roll!.subarray(0, 24), source]])
      await assertModelError(() => voice.forceBlock(ids, 65, undefined, wrong), 'MODEL_ARGUMENT');
    const unconditional = createReferenceStepper(tinyBundle()).createVoice(1);
    await assertModelError(() => unconditional.forceBlock(ids, 1, undefined, [roll]), 'MODEL_ARGUMENT');
    assert.equal(voice.frame, 0);
    voice.forceBlock(ids, 65, undefined, [roll!.subarray(0, 25), source]);
    assert.equal(voice.frame, 65);
  });
});

function conditioned(options: TinyBundleOptions = {}): Bundle {
  return tinyBundle({ conditioning: TINY_CONDITIONING, ...options });
}

/** Random frames for all of the ids, by input. */
function frames(): Float32Array[] {
  const normal = gaussian(seededRandom(3));
  return TINY_CONDITIONING.map(({ dim, rateHz }) =>
    Float32Array.from({ length: dim * Math.ceil((NUM_FRAMES * rateHz) / 16000) }, normal),
  );
}

function rollChangedFrom(frame: number): Float32Array {
  return frames()[0]!.map((value, i) => (i < frame * ROLL.dim ? value : value + 1));
}

function logitsOf(bundle: Bundle, conditioning?: Conditioning): Float32Array {
  const stepper = createReferenceStepper(bundle);
  const logits = new Float32Array(NUM_FRAMES * stepper.levels);
  stepper.createVoice(0).forceBlock(ids, NUM_FRAMES, logits, conditioning);
  return logits;
}

/** First row that differs. */
function firstDifference(a: Float32Array, b: Float32Array): number | undefined {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? undefined : Math.floor(at / 256);
}

function changed(bundle: Bundle, change: (name: string, tensor: Tensor) => Tensor): Bundle {
  return {
    ...bundle,
    tensors: new Map([...bundle.tensors].map(([name, tensor]) => [name, change(name, tensor)])),
  };
}

/** Only one tier hears the conditioning, of one input or of both. */
function onlyTier(tier: number, input = '(roll|source)'): Bundle {
  const kept = new RegExp(`^cond\\.${input}\\.${tier}\\.`);
  return changed(conditioned(), (name, tensor) =>
    name.startsWith('cond.') && !kept.test(name) ? zeros(tensor) : tensor,
  );
}

function zeros({ shape, data }: Tensor): Tensor {
  return { shape, data: new Float32Array(data.length) };
}

/** W f of a frame. */
function project({ shape, data }: Tensor, frame: Float32Array): Tensor {
  const [width, dim] = shape as [number, number];
  const out = Float32Array.from({ length: width }, (_, h) =>
    data.subarray(h * dim, (h + 1) * dim).reduce((sum, weight, i) => sum + weight * frame[i]!, 0),
  );
  return { shape: [width], data: out };
}
