import assert from 'node:assert/strict';
import { createComposite, type Mixing, type Sampling, type Stepper, type Voice } from '../../models/index.js';
import { largestDifference } from '../../models/verify.js';
import { assertModelError } from '../support/model-errors.js';

const SAMPLING: Sampling = { temperature: 1, topP: 0.95, topK: 0 };
const NUM_FRAMES = 301;
/** Of logits: mixing rounds them to float32 once more. */
const TOLERANCE = 5e-6;

/** What every composite promises (`Composite` in models/stepper.ts), as mocha tests of a stepper. */
export function itKeepsTheCompositeContract(stepper: () => Stepper): void {
  const composite = (mixing: Mixing, weights: readonly number[], seed = 5) =>
    createComposite(
      weights.map((_, k) => ({ stepper: stepper(), seed: seed + k })),
      mixing,
      weights,
    );
  const alone = () => play(stepper().createVoice(5), NUM_FRAMES);

  for (const [name, mixing, weights] of [
    ['a mixture of one member', 'mixture', [3]],
    ['a product of one member', 'product', [1]],
    ['a mixture of a model with itself', 'mixture', [0.2, 0.5, 0.3]],
    ['a mixture in which one member has all weight', 'mixture', [0, 2]],
    ['guidance of a model by itself', 'product', [-1.5, 2.5]],
  ] as const) {
    it(`composite: ${name} is the model`, () => {
      assert.deepEqual(play(composite(mixing, weights), 64), alone());
      const ids = alone().ids;
      const [expected, received] = [stepper().createVoice(0), composite(mixing, weights)].map((voice) => {
        const logits = new Float32Array(NUM_FRAMES * stepper().levels);
        voice.forceBlock(ids, NUM_FRAMES, logits);
        return logProbabilities(logits, stepper().levels);
      });
      assert.ok(largestDifference(expected!, received!) <= TOLERANCE);
    });
  }

  it('composite: the same bits in blocks of any size, for one seed the same and for another not', () => {
    const whole = play(composite('product', [0.5, 0.7]), NUM_FRAMES);
    for (const blockFrames of [1, 7, 64])
      assert.deepEqual(play(composite('product', [0.5, 0.7]), blockFrames), whole);
    assert.notDeepEqual(play(composite('product', [0.5, 0.7], 6), NUM_FRAMES).ids, whole.ids);
  });

  it('composite: weights change from the next frame on, and a product may sharpen', () => {
    const voice = composite('product', [0.5, 0.5]);
    assert.equal(voice.numMembers, 2);
    const head = play(voice, 100, 100);
    assert.deepEqual(head.ids.slice(0, 100), alone().ids.slice(0, 100));
    assert.equal(voice.frame, 100);
    voice.setWeights([4, 4]);
    // Eight times the logits is an eighth of the temperature.
    const cold = stepper().createVoice(5);
    cold.stepBlock(new Float32Array(100), 100, SAMPLING);
    const plain: Sampling = { temperature: 1, topP: 1, topK: 0 };
    const [sharpened, expected] = [new Uint8Array(80), new Uint8Array(80)];
    voice.stepBlock(new Float32Array(80), 80, plain, sharpened);
    cold.stepBlock(new Float32Array(80), 80, { ...plain, temperature: 1 / 8 }, expected);
    assert.deepEqual(sharpened, expected);
  });

  it('composite: goes on from a snapshot, after drawn and after forced frames, and starts anew on reset', () => {
    const voice = composite('mixture', [1, 2]);
    const fresh = play(voice, 64);
    for (const isForced of [false, true]) {
      if (isForced) voice.forceBlock(Uint8Array.of(3, 200, 7), 3);
      const snapshot = new Uint8Array(voice.snapshotBytes);
      voice.snapshot(snapshot);
      const { frame } = voice;
      const continued = play(voice, 64);
      voice.restore(snapshot);
      assert.equal(voice.frame, frame);
      assert.deepEqual(play(voice, 64), continued);
      const other = composite('mixture', [1, 2], 99);
      other.restore(snapshot);
      assert.deepEqual(play(other, 64), continued);
    }
    voice.reset(5);
    assert.equal(voice.frame, 0);
    assert.deepEqual(play(voice, 64), fresh);
  });

  it('composite: draws after a forced prefix as if it had played it', () => {
    const whole = play(composite('mixture', [1, 2]), NUM_FRAMES);
    const voice = composite('mixture', [1, 2]);
    const { startToken } = stepper().quantiser;
    voice.forceBlock(Uint8Array.of(startToken, ...whole.ids.subarray(0, 99)), 100);
    assert.equal(voice.frame, 100);
    const ids = new Uint8Array(1);
    const greedy: Sampling = { temperature: 0, topP: 1, topK: 0 };
    voice.stepBlock(new Float32Array(1), 1, greedy, ids);
    const logits = new Float32Array(100 * stepper().levels);
    composite('mixture', [1, 2]).forceBlock(
      Uint8Array.of(startToken, ...whole.ids.subarray(0, 99)),
      100,
      logits,
    );
    const row = logits.subarray(99 * stepper().levels);
    assert.equal(ids[0], row.indexOf(Math.max(...row)));
  });

  it('composite: refuses what makes none, and plays on', async () => {
    await assertModelError(() => composite('mixture', []), 'MODEL_ARGUMENT');
    for (const weights of [
      [-1, 2],
      [0, 0],
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 1],
    ])
      await assertModelError(() => composite('mixture', weights), 'MODEL_ARGUMENT');
    await assertModelError(() => composite('product', [Number.NaN, 1]), 'MODEL_ARGUMENT');
    const one = { stepper: stepper(), seed: 5 };
    await assertModelError(() => createComposite([one, one], 'product', [1]), 'MODEL_ARGUMENT');
    const voice = composite('mixture', [0.5, 0.5]);
    await assertModelError(() => voice.setWeights([1]), 'MODEL_ARGUMENT');
    await assertModelError(() => voice.setWeights([1, -1]), 'MODEL_ARGUMENT');
    await assertModelError(() => voice.stepBlock(new Float32Array(8), 9, SAMPLING), 'MODEL_ARGUMENT');
    await assertModelError(() => voice.forceBlock(new Uint8Array(8), 9), 'MODEL_ARGUMENT');
    await assertModelError(() => voice.snapshot(new Uint8Array(8)), 'MODEL_ARGUMENT');
    await assertModelError(() => voice.restore(new Uint8Array(voice.snapshotBytes)), 'MODEL_SNAPSHOT');
    await assertModelError(() => voice.restore(new Uint8Array(8)), 'MODEL_SNAPSHOT');
    assert.deepEqual(play(voice, 64), alone());
  });
}

function play(
  voice: Voice,
  blockFrames: number,
  numFrames = NUM_FRAMES,
): { out: Float32Array; ids: Uint8Array } {
  const out = new Float32Array(numFrames);
  const ids = new Uint8Array(numFrames);
  for (let start = 0; start < numFrames; start += blockFrames) {
    const n = Math.min(blockFrames, numFrames - start);
    voice.stepBlock(out.subarray(start), n, SAMPLING, ids.subarray(start));
  }
  return { out, ids };
}

/** Rows of logits tell the same up to a constant. */
function logProbabilities(logits: Float32Array, levels: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += levels) {
    const row = logits.subarray(start, start + levels);
    const max = Math.max(...row);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
    for (const [i, logit] of row.entries()) out[start + i] = logit - max - Math.log(total);
  }
  return out;
}
