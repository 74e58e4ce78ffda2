/** The identities of a voice, for every form of the C++ core: design.md calls them one truth. */
import assert from 'node:assert/strict';
import { ModelError } from '../../../models/errors.js';
import type { Sampling } from '../../../models/stepper.js';
import { blockConditioning } from '../../support/conditioning-frames.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { nativeMissing, shapes, variants } from './variants.js';

const SAMPLING: Sampling = { temperature: 0.95, topP: 0.95, topK: 0 };
const NUM_FRAMES = 1200;

describe(`voices of the C++ core${nativeMissing}`, () => {
  for (const { name, create } of variants) {
    describe(name, () => {
      for (const shape of [
        ...shapes.slice(0, 4),
        ...shapes.filter(({ unet, conditioning }) => unet || conditioning),
      ]) {
        it(`gives the same bits at any block size: ${JSON.stringify(shape)}`, async () => {
          const stepper = await create(tinyBundle(shape));
          const voice = stepper.createVoice(11);
          const whole = new Float32Array(NUM_FRAMES);
          const given = (t: number, n: number) => blockConditioning(stepper, t, n);
          voice.stepBlock(whole, NUM_FRAMES, SAMPLING, undefined, given(0, NUM_FRAMES));
          assert.ok(new Set(whole).size > 20, 'the model makes sound');
          for (const block of [1, 7, 64, 128, 1000]) {
            voice.reset(11);
            const parts = new Float32Array(NUM_FRAMES);
            for (let t = 0; t < NUM_FRAMES; t += block) {
              const n = Math.min(block, NUM_FRAMES - t);
              voice.stepBlock(parts.subarray(t), n, SAMPLING, undefined, given(t, n));
            }
            assert.deepEqual(parts, whole, `block ${block}`);
          }
        });
      }

      it('goes back to a snapshot, in the same voice and in another', async () => {
        const stepper = await create(tinyBundle({ kind: 's4' }));
        const voice = stepper.createVoice(1);
        const out = new Float32Array(100);
        voice.stepBlock(out, 37, SAMPLING);
        const snapshot = new Uint8Array(voice.snapshotBytes);
        voice.snapshot(snapshot);
        const ahead = new Float32Array(100);
        voice.stepBlock(ahead, 100, SAMPLING);
        const other = stepper.createVoice(99);
        for (const restored of [voice, other]) {
          restored.restore(snapshot);
          assert.equal(restored.frame, 37);
          restored.stepBlock(out, 100, SAMPLING);
          assert.deepEqual(out, ahead);
        }
      });

      it('does not hear the voices beside it', async () => {
        const stepper = await create(tinyBundle());
        const alone = new Float32Array(200);
        stepper.createVoice(5).stepBlock(alone, 200, SAMPLING);
        const voices = [4, 5, 6].map((seed) => stepper.createVoice(seed));
        const outs = voices.map(() => new Float32Array(200));
        for (let t = 0; t < 200; t += 20) {
          voices.forEach((voice, i) => {
            voice.stepBlock(outs[i]!.subarray(t), 20, SAMPLING);
          });
        }
        assert.deepEqual(outs[1], alone);
        assert.notDeepEqual(outs[0], alone);
      });

      it('refuses foreign snapshots and short arrays by code', async () => {
        const voice = (await create(tinyBundle({ seed: 1 }))).createVoice(1);
        const foreign = (await create(tinyBundle({ seed: 2 }))).createVoice(1);
        const snapshot = new Uint8Array(foreign.snapshotBytes);
        foreign.snapshot(snapshot);
        const code = (expected: string) => (error: unknown) =>
          error instanceof ModelError && error.code === expected;
        assert.throws(() => voice.restore(snapshot), code('MODEL_SNAPSHOT'));
        assert.throws(() => voice.restore(new Uint8Array(3)), code('MODEL_SNAPSHOT'));
        assert.throws(() => voice.snapshot(new Uint8Array(3)), code('MODEL_ARGUMENT'));
        assert.throws(() => voice.stepBlock(new Float32Array(3), 4, SAMPLING), code('MODEL_ARGUMENT'));
        assert.throws(
          () => voice.stepBlock(new Float32Array(4), 4, SAMPLING, new Uint8Array(3)),
          code('MODEL_ARGUMENT'),
        );
        assert.throws(() => voice.forceBlock(new Uint8Array(3), 4), code('MODEL_ARGUMENT'));
        assert.throws(
          () => voice.forceBlock(new Uint8Array(4), 4, new Float32Array(9)),
          code('MODEL_ARGUMENT'),
        );
        assert.equal(voice.frame, 0);
      });
    });
  }
});
