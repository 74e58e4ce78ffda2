import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/sashimi/reference-stepper.js';
import type { Sampling } from '../../../models/stepper.js';
import { LOGITS_TOLERANCE, largestDifference } from '../../../models/verify.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { seededRandom } from '../../support/random.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { nativeMissing, shapes, variants } from './variants.js';

const NUM_FRAMES = 300;

function randomIds(count: number): Uint8Array {
  const uniform = seededRandom(9);
  return Uint8Array.from({ length: count }, () => Math.floor(256 * uniform()));
}

describe(`the C++ core equals the reference${nativeMissing}`, () => {
  for (const shape of shapes) {
    describe(JSON.stringify(shape), () => {
      const bundle = tinyBundle(shape);
      const ids = randomIds(NUM_FRAMES);
      const expected = new Float32Array(NUM_FRAMES * 256);
      const given = blockConditioning(bundle.manifest, 0, NUM_FRAMES);
      createReferenceStepper(bundle).createVoice(1).forceBlock(ids, NUM_FRAMES, expected, given);

      for (const { name, create } of variants) {
        it(`${name}: logits within ${LOGITS_TOLERANCE}`, async () => {
          const logits = new Float32Array(expected.length);
          (await create(bundle)).createVoice(1).forceBlock(ids, NUM_FRAMES, logits, given);
          const worst = largestDifference(logits, expected);
          assert.ok(worst <= LOGITS_TOLERANCE, `largest difference ${worst}`);
          assert.ok(worst > 0, 'float32 and float64 cannot agree to the bit');
        });
      }
    });
  }

  const samplings: readonly Sampling[] = [
    { temperature: 0, topP: 1, topK: 0 },
    { temperature: 1, topP: 1, topK: 0 },
    { temperature: 0.8, topP: 0.9, topK: 0 },
    { temperature: 1.3, topP: 1, topK: 12 },
    { temperature: 0.7, topP: 0.8, topK: 40 },
  ];
  for (const { name, create } of variants) {
    for (const sampling of samplings) {
      // A draw at the very edge of a token's share may fall the other way: here none does.
      it(`${name}: draws the same tokens with ${JSON.stringify(sampling)}`, async () => {
        const bundle = tinyBundle({ seed: 4 });
        const voices = [createReferenceStepper(bundle).createVoice(7), (await create(bundle)).createVoice(7)];
        const [expected, received] = voices.map((voice) => {
          const ids = new Uint8Array(NUM_FRAMES);
          const out = new Float32Array(NUM_FRAMES);
          voice.stepBlock(out, NUM_FRAMES, sampling, ids);
          return { ids, out, frame: voice.frame };
        });
        assert.deepEqual(received, expected);
      });
    }

    it(`${name}: steps on from forced ids as the reference does`, async () => {
      const bundle = tinyBundle({ kind: 's4' });
      const ids = randomIds(21);
      const sampling = { temperature: 1, topP: 0.95, topK: 0 };
      const runs = [createReferenceStepper(bundle), await create(bundle)].map((stepper) => {
        const voice = stepper.createVoice(3);
        const out = new Float32Array(90);
        voice.stepBlock(out, 10, sampling);
        voice.forceBlock(ids, 21);
        voice.stepBlock(out.subarray(10), 50, sampling);
        voice.forceBlock(ids, 5);
        voice.stepBlock(out.subarray(60), 30, sampling);
        return { out, frame: voice.frame };
      });
      assert.deepEqual(runs[1], runs[0]);
    });
  }
});
