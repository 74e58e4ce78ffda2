/**
 * What a voice of the reference stepper leaves on the heap, in bytes per frame, as JSON by what it did. A program of its
 * own: how well the JavaScript engine compiles the stepper hangs on what ran in the process before.
 */
import { createReferenceStepper, type Sampling } from '../../../models/index.js';
import { bytesPerCall } from '../../support/heap.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

const BLOCK_FRAMES = 64;
const NUM_BLOCKS = 60;
const WARM_UP_BLOCKS = 300;

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

const found: Record<string, number> = {};
const measure = (what: string, body: () => void): void => {
  found[what] = bytesPerCall(body, NUM_BLOCKS, WARM_UP_BLOCKS) / BLOCK_FRAMES;
};
for (const shape of shapes) {
  const voice = createReferenceStepper(tinyBundle(shape)).createVoice(1);
  // Rows for a block wherever it begins.
  const conditioning = shape.conditioning?.map(({ dim }) =>
    new Float32Array((BLOCK_FRAMES + 1) * dim).fill(0.3),
  );
  const out = new Float32Array(BLOCK_FRAMES);
  const drawn = new Uint8Array(BLOCK_FRAMES);
  for (const sampling of samplings) {
    measure(`stepBlock, ${JSON.stringify(shape)}, ${JSON.stringify(sampling)}`, () =>
      voice.stepBlock(out, BLOCK_FRAMES, sampling, drawn, conditioning),
    );
  }
  const ids = Uint8Array.from({ length: BLOCK_FRAMES }, (_, t) => (t * 37) & 255);
  const logits = new Float32Array(BLOCK_FRAMES * 256);
  const snapshot = new Uint8Array(voice.snapshotBytes);
  measure(`forceBlock, snapshot, restore and reset, ${JSON.stringify(shape)}`, () => {
    voice.forceBlock(ids, BLOCK_FRAMES, logits, conditioning);
    voice.snapshot(snapshot);
    voice.reset(2);
    voice.restore(snapshot);
  });
}
process.stdout.write(JSON.stringify(found));
