import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../models/index.js';
import { seededRandom } from '../../support/random.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { driftMissing, measureDrift } from './drift.js';

const SECONDS = 4;
const EVERY_FRAMES = 500;

describe('drift of the float32 core', () => {
  const folder = useTempFolder();
  const why = driftMissing === undefined ? '' : ` (skipped: ${driftMissing})`;

  it(`stays within the tolerance of its float64 build, and of the reference${why}`, function () {
    if (driftMissing !== undefined) return this.skip();
    this.timeout(240_000);
    this.slow(60_000);
    const bundle = tinyBundle({ kind: 's4', dModel: 16, numLayers: 2, hasModes: true });
    const { levels } = bundle.manifest.quantiser;
    const random = seededRandom(4);
    const ids = Uint8Array.from({ length: SECONDS * 16000 }, () => Math.floor(random() * levels));
    const { maxAbsLogits, logits } = measureDrift(bundle, ids, EVERY_FRAMES, folder.path());
    assert.equal(maxAbsLogits.length, ids.length / EVERY_FRAMES);
    // Of both builds the numbers differ, or the double one is none.
    assert.ok(maxAbsLogits.some((difference) => difference > 1e-8));
    assert.ok(Math.max(...maxAbsLogits) < 2e-5, `${Math.max(...maxAbsLogits)}`);

    const voice = createReferenceStepper(bundle).createVoice(0);
    const numFrames = 2 * EVERY_FRAMES;
    const expected = new Float32Array(numFrames * levels);
    voice.forceBlock(ids.subarray(0, numFrames), numFrames, expected);
    for (let i = 0; i < levels; i++) {
      const reference = expected[(EVERY_FRAMES - 1) * levels + i]!;
      assert.ok(Math.abs(logits[i]! - reference) < 2e-5, `level ${i}`);
    }
  });
});
