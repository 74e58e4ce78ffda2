import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/index.js';
import { CalibrationWalk } from '../../../models/quantise/calibration-walk.js';
import { mapFrames } from '../../../models/quantise/frames.js';
import { Linear } from '../../../models/sashimi/layers.js';
import { seededRandom } from '../../support/random.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

const models: readonly TinyBundleOptions[] = [
  {},
  { kind: 's4', numLayers: 2, outputActivation: 'none' },
  { unet: true, numLayers: 3, pool: [2, 3], norm: 'scalar' },
  { pool: [], ff: 1 },
  { conditioning: TINY_CONDITIONING },
];

describe('the calibration walk', () => {
  for (const options of models) {
    it(`computes what the reference stepper does: ${JSON.stringify(options)}`, async () => {
      const bundle = tinyBundle(options);
      const uniform = seededRandom(9);
      const ids = Uint8Array.from({ length: 96 }, () => 256 * uniform());
      const expected = new Float32Array(ids.length * 256);
      createReferenceStepper(bundle).createVoice(0).forceBlock(ids, ids.length, expected);

      const asked: string[] = [];
      let logits = new Float32Array();
      const walk = new CalibrationWalk(bundle, (prefix, matrix, { exact, rounded }) => {
        asked.push(`${prefix}.weight`);
        assert.deepEqual(rounded.data, exact.data, 'both lanes are the same while nothing is rounded');
        if (prefix === 'decoder') {
          const decoder = new Linear(matrix.weight, matrix.bias);
          logits = mapFrames(exact, 256, (x, y) => decoder.apply(x, y)).data as Float32Array<ArrayBuffer>;
        }
        return matrix;
      });
      await walk.run(ids, bundle.tensors.get('embedding.weight')!);

      const matrices = [...bundle.tensors]
        .filter(([name, { shape }]) => shape.length === 2 && !name.startsWith('cond.'))
        .map(([name]) => name);
      assert.deepEqual(asked.sort(), matrices.filter((name) => name !== 'embedding.weight').sort());
      for (const [i, value] of logits.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-4, String(i));
    });
  }
});
