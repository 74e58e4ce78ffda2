import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  createReferenceStepper,
  encodeSafetensors,
  type Tensor,
  verifyGolden,
} from '../../models/index.js';
import { blockConditioning } from '../support/conditioning-frames.js';
import { assertModelError } from '../support/model-errors.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { TINY_CONDITIONING, tinyBundle } from '../support/tiny-bundle.js';

const NUM_FRAMES = 50;
const GREEDY = { temperature: 0, topP: 1, topK: 0 };

describe('verification against a golden', () => {
  const bundle = tinyBundle();

  it('passes what is equal', () =>
    verified(bundle, {}, ({ ok, maxAbsLogits, greedyEqual, rows }) => {
      assert.deepEqual(
        { ok, maxAbsLogits, greedyEqual, rows },
        { ok: true, maxAbsLogits: 0, greedyEqual: true, rows: NUM_FRAMES },
      );
    }));

  it('says null where the golden has no greedy ids', () =>
    verified(bundle, { greedy: false }, (report) => {
      assert.equal(report.greedyEqual, null);
      assert.ok(report.ok);
    }));

  it('fails one logit that is off by more than the tolerance', () =>
    verified(bundle, { offBy: 3e-5 }, (report) => {
      assert.ok(Math.abs(report.maxAbsLogits - 3e-5) < 1e-6);
      assert.equal(report.ok, false);
    }));

  it('fails NaN', () =>
    verified(bundle, { offBy: Number.NaN }, (report) => {
      assert.equal(report.maxAbsLogits, Number.POSITIVE_INFINITY);
      assert.equal(report.ok, false);
    }));

  it('fails one greedy id that differs, and says where', () =>
    verified(bundle, { wrongGreedyAt: 17 }, (report) => {
      assert.equal(report.greedyEqual, false);
      assert.equal(report.greedyFirstDifference, 17);
      assert.equal(report.ok, false);
    }));

  it('tells a golden of another model, and one without logits', () =>
    withTemporaryFolder(async (folder) => {
      const stepper = createReferenceStepper(bundle);
      const ids: Tensor = { shape: [3], data: Float32Array.of(128, 1, 2) };
      await writeFile(join(folder, 'io.safetensors'), encodeSafetensors([['input_ids', ids]]));
      await assertModelError(() => verifyGolden(bundle, folder, stepper), 'MODEL_GOLDEN', /logits_step/);
      await writeFile(
        join(folder, 'io.safetensors'),
        encodeSafetensors([
          ['input_ids', ids],
          ['logits_step', ids],
        ]),
      );
      await assertModelError(() => verifyGolden(bundle, folder, stepper), 'MODEL_GOLDEN', /3 rows of 256/);
    }));

  it('gives the frames that the golden has, and refuses too few of them', () =>
    withTemporaryFolder(async (folder) => {
      const conditioned = tinyBundle({ conditioning: TINY_CONDITIONING });
      const stepper = createReferenceStepper(conditioned);
      const [roll] = blockConditioning(stepper, 0, NUM_FRAMES);
      const ids = Uint8Array.from({ length: NUM_FRAMES }, (_, t) => (t * 37) & 255);
      const logits = new Float32Array(NUM_FRAMES * 256);
      stepper.createVoice(0).forceBlock(ids, NUM_FRAMES, logits, [roll, undefined]);
      const write = (frames: Float32Array) =>
        writeFile(
          join(folder, 'io.safetensors'),
          encodeSafetensors([
            ['input_ids', { shape: [1, NUM_FRAMES], data: Float32Array.from(ids) }],
            ['logits_step', { shape: [1, NUM_FRAMES, 256], data: logits }],
            ['roll', { shape: [frames.length / 5, 5], data: frames }],
          ]),
        );
      await write(roll!);
      const report = await verifyGolden(conditioned, folder, stepper);
      assert.deepEqual(
        { ok: report.ok, given: report.given, maxAbsLogits: report.maxAbsLogits },
        { ok: true, given: ['roll'], maxAbsLogits: 0 },
      );
      await write(roll!.map((value) => -value));
      assert.equal((await verifyGolden(conditioned, folder, stepper)).ok, false);
      await write(roll!.slice(5));
      await assertModelError(
        () => verifyGolden(conditioned, folder, stepper),
        'MODEL_GOLDEN',
        /4 frames of 5/,
      );
    }));
});

/** Writes a golden of `bundle` by the reference itself, with one fault, and hands the report over. */
async function verified(
  bundle: Bundle,
  fault: { greedy?: boolean; offBy?: number; wrongGreedyAt?: number },
  check: (report: Awaited<ReturnType<typeof verifyGolden>>) => void,
): Promise<void> {
  const stepper = createReferenceStepper(bundle);
  const ids = Uint8Array.from({ length: NUM_FRAMES }, (_, t) => (t * 37) & 255);
  const logits = new Float32Array(NUM_FRAMES * 256);
  stepper.createVoice(0).forceBlock(ids, NUM_FRAMES, logits);
  // Of a small logit, so that float32 can hold the difference.
  const at = logits.findIndex((value) => Math.abs(value) < 0.5);
  if (fault.offBy !== undefined) logits[at] = logits[at]! + fault.offBy;
  const greedy = new Uint8Array(NUM_FRAMES);
  stepper.createVoice(0).stepBlock(new Float32Array(NUM_FRAMES), NUM_FRAMES, GREEDY, greedy);
  if (fault.wrongGreedyAt !== undefined) greedy[fault.wrongGreedyAt]! ^= 1;
  const tensors: [string, Tensor][] = [
    ['input_ids', { shape: [1, NUM_FRAMES], data: Float32Array.from(ids) }],
    ['logits_step', { shape: [1, NUM_FRAMES, 256], data: logits }],
  ];
  if (fault.greedy !== false)
    tensors.push(['greedy_ids', { shape: [NUM_FRAMES], data: Float32Array.from(greedy) }]);
  await withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'io.safetensors'), encodeSafetensors(tensors));
    check(await verifyGolden(bundle, folder, stepper));
  });
}
