/** The recurrent form equals the whole-sequence form: schedule, queues and skips of every shape of model. */
import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/index.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { seededRandom } from '../../support/random.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';
import { wholeSequenceLogits } from './whole-sequence.js';

/** A multiple of every product of pools below, several windows of the deepest tier long. */
const NUM_FRAMES = 192;

const pools = [
  [4, 4],
  [2, 3],
  [2, 4, 4],
];
const shapes: readonly TinyBundleOptions[] = [
  ...[1, 2, 3].flatMap((numLayers) => pools.map((pool) => ({ unet: true, numLayers, pool }))),
  { unet: true, kind: 's4', numLayers: 3, pool: [3, 2] },
  { unet: true, kind: 's4', norm: 'scalar', outputActivation: 'none', dModel: 6, ff: 1, pool: [4, 2, 2] },
  { unet: true, expand: 1, pool: [2] },
  { unet: true, numLayers: 2, pool: [] },
  { pool: [3] },
  { pool: [3, 4, 2] },
  { kind: 's4', numLayers: 2, pool: [2, 4, 4] },
  { norm: 'scalar', outputActivation: 'none', expand: 3, pool: [2, 3] },
];
const conditionedShapes: readonly TinyBundleOptions[] = [
  { pool: [4, 4] },
  { pool: [] },
  { unet: true, numLayers: 2, pool: [2, 3] },
].map((shape) => ({ ...shape, conditioning: TINY_CONDITIONING }));

describe('the reference stepper equals the whole-sequence form', () => {
  for (const shape of [...shapes, ...conditionedShapes]) {
    it(JSON.stringify(shape), () => {
      const bundle = tinyBundle({ dModel: 4, conjugatePairs: 2, ...shape });
      const uniform = seededRandom(5);
      const ids = Uint8Array.from({ length: NUM_FRAMES }, () => Math.floor(256 * uniform()));
      const logits = new Float32Array(NUM_FRAMES * 256);
      const stepper = createReferenceStepper(bundle);
      const given = blockConditioning(stepper, 0, NUM_FRAMES);
      for (const conditioning of given.length > 0 ? [given, [undefined, given[1]]] : [[]]) {
        stepper.createVoice(0).forceBlock(ids, NUM_FRAMES, logits, conditioning);
        const expected = wholeSequenceLogits(bundle, ids, conditioning).flat();
        let worst = 0;
        for (const [i, logit] of expected.entries()) {
          // The stepper rounds its float64 logits to float32: half a unit of the last of 24 bits.
          worst = Math.max(worst, Math.abs(logits[i]! - logit) / Math.max(1, Math.abs(logit)));
        }
        assert.ok(worst < 1e-7, `largest difference ${worst}`);
      }
    });
  }
});
