import assert from 'node:assert/strict';
import {
  type Bundle,
  chooseStepper,
  createReferenceStepper,
  LOGITS_TOLERANCE,
  loadNative,
  type Stepper,
} from '../../models/index.js';
import { largestDifference } from '../../models/verify.js';
import { describeConditioningContract } from '../contract/conditioning-contract.js';
import { describeStepperContract } from '../contract/stepper-contract.js';
import { blockConditioning } from '../support/conditioning-frames.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../support/tiny-bundle.js';

/** Every shape of model that a stepper must know, small. */
const models: Readonly<Record<string, TinyBundleOptions>> = {
  s4d: {},
  'S4 of rank 1': { kind: 's4', pool: [2, 4] },
  'S4 with a diagonal form': { kind: 's4', hasModes: true, pool: [3, 2], numLayers: 2 },
  'scalar norm, no GLU, two layers, odd width': {
    norm: 'scalar',
    outputActivation: 'none',
    numLayers: 2,
    dModel: 7,
    quantiser: 'linear',
  },
  'a single tier': { pool: [], conjugatePairs: 3 },
  'a unet': { unet: true, numLayers: 2, pool: [2, 3] },
  'a unet of S4 and four tiers': { unet: true, kind: 's4', dModel: 4, pool: [2, 4, 4] },
};

/** Models that are steered: by a slow and a fast input, in the order of the bundle or the other way round. */
const conditionedModels: Readonly<Record<string, TinyBundleOptions>> = {
  'conditioned s4d': { conditioning: TINY_CONDITIONING },
  'a conditioned single tier': { pool: [], conditioning: TINY_CONDITIONING.toReversed() },
  'a conditioned unet of S4': {
    unet: true,
    kind: 's4',
    numLayers: 2,
    pool: [2, 3],
    dModel: 7,
    conditioning: TINY_CONDITIONING,
  },
};

/** Steppers that take conditioning. */
const conditionedKinds: readonly Kind[] = ['reference'];

type Kind = 'reference' | 'wasm' | 'native';

for (const kind of ['reference', 'wasm', 'native'] as const) {
  const takesConditioning = conditionedKinds.includes(kind);
  for (const [model, options] of Object.entries({ ...models, ...(takesConditioning && conditionedModels) })) {
    let made: Bundle | undefined;
    const bundle = () => {
      made ??= tinyBundle(options);
      return made;
    };
    const create = (b: Bundle, context: Mocha.Context) => stepperOf(kind, b, context);
    describeStepperContract(`${kind}, ${model}`, bundle, create);
    if (options.conditioning) describeConditioningContract(`${kind}, ${model}`, bundle, create);
  }
}

describe('steppers agree with the reference', () => {
  for (const kind of ['wasm', 'native'] as const) {
    const takesConditioning = conditionedKinds.includes(kind);
    for (const [model, options] of Object.entries({
      ...models,
      ...(takesConditioning && conditionedModels),
    })) {
      it(`${kind}, ${model}: logits within ${LOGITS_TOLERANCE} of their size`, async function () {
        const bundle = tinyBundle(options);
        const stepper = await stepperOf(kind, bundle, this);
        const ids = Uint8Array.from({ length: 500 }, (_, t) => (t * 37 + ((t * t) >> 3)) & 255);
        const [expected, received] = [createReferenceStepper(bundle), stepper].map((s) => {
          const logits = new Float32Array(ids.length * s.levels);
          s.createVoice(0).forceBlock(ids, ids.length, logits, blockConditioning(s, 0, ids.length));
          return logits;
        }) as [Float32Array, Float32Array];
        const size = expected.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1);
        assert.ok(largestDifference(expected, received) <= LOGITS_TOLERANCE * size);
      });
    }
  }
});

async function stepperOf(kind: Kind, bundle: Bundle, context: Mocha.Context): Promise<Stepper> {
  if (kind === 'native') {
    const native = loadNative();
    if (!native.ok) {
      if (context.test) context.test.title += ` (skipped: ${native.reason})`;
      return context.skip();
    }
  }
  return (await chooseStepper(bundle, kind)).stepper;
}
