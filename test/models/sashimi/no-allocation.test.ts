import assert from 'node:assert/strict';
import { createReferenceStepper, type Sampling } from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

const BLOCK_FRAMES = 64;
const NUM_BLOCKS = 60;

const shapes: readonly TinyBundleOptions[] = [
  {},
  { kind: 's4', norm: 'scalar', outputActivation: 'none', pool: [2, 3] },
  { unet: true, numLayers: 2, pool: [4, 2] },
  { conditioning: TINY_CONDITIONING },
];
const samplings: readonly Sampling[] = [
  { temperature: 0, topP: 1, topK: 0 },
  { temperature: 0.9, topP: 0.9, topK: 40 },
];

describe('the reference stepper allocates nothing while it plays', () => {
  for (const shape of shapes) {
    const voice = createReferenceStepper(tinyBundle(shape)).createVoice(1);
    // Rows for a block wherever it begins.
    const conditioning = shape.conditioning?.map(({ dim }) =>
      new Float32Array((BLOCK_FRAMES + 1) * dim).fill(0.3),
    );
    for (const sampling of samplings) {
      it(`stepBlock, ${JSON.stringify(shape)}, ${JSON.stringify(sampling)}`, function () {
        this.timeout(60_000);
        const out = new Float32Array(BLOCK_FRAMES);
        const ids = new Uint8Array(BLOCK_FRAMES);
        staysSmall(() => voice.stepBlock(out, BLOCK_FRAMES, sampling, ids, conditioning));
      });
    }

    it(`forceBlock, snapshot, restore and reset, ${JSON.stringify(shape)}`, function () {
      this.timeout(60_000);
      const ids = Uint8Array.from({ length: BLOCK_FRAMES }, (_, t) => (t * 37) & 255);
      const logits = new Float32Array(BLOCK_FRAMES * 256);
      const snapshot = new Uint8Array(voice.snapshotBytes);
      staysSmall(() => {
        voice.forceBlock(ids, BLOCK_FRAMES, logits, conditioning);
        voice.snapshot(snapshot);
        voice.reset(2);
        voice.restore(snapshot);
      });
    });
  }
});

/**
 * Between functions that the JavaScript engine does not inline it boxes numbers, 16 bytes each; the smallest view or
 * array per frame would be over 100.
 */
function staysSmall(body: () => void): void {
  const bytesPerFrame = bytesPerCall(body, NUM_BLOCKS) / BLOCK_FRAMES;
  assert.ok(bytesPerFrame < 96, `${bytesPerFrame} bytes per frame`);
}
