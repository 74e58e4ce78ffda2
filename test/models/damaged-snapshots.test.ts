/** Voices in TypeScript believe no number of a snapshot that no voice has written. */
import assert from 'node:assert/strict';
import { createComposite, createReferenceStepper, type Sampling, type Voice } from '../../models/index.js';
import { createOnnxStepper } from '../../models/onnx/onnx-stepper.js';
import { assertModelError } from '../support/model-errors.js';
import { needsOnnxRuntime } from '../support/onnx-runtime.js';
import { tinyBundle } from '../support/tiny-bundle.js';

const SAMPLING: Sampling = { temperature: 1, topP: 0.95, topK: 0 };
/** A period of the tiny model is 16 frames. */
const NUM_FRAMES = 37;

/** Where the number lies in the header, its name, and values that it never has. */
type Damage = readonly [index: number, name: string, values: readonly number[]];

const SEED: Damage = [1, 'seed', [-1, 0.5, 2 ** 32, Number.NaN]];
const FRAME: Damage = [2, 'frame', [-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN]];
const TOKEN: Damage = [3, 'token', [-1, 0.5, 256, 1e9, Number.NaN]];
const IS_FORCED: Damage = [4, 'isForced', [-1, 0.5, 2, Number.NaN]];
const COMMON = [SEED, FRAME, TOKEN, IS_FORCED];

function snapshotOf(voice: Voice): Uint8Array {
  const snapshot = new Uint8Array(voice.snapshotBytes);
  voice.snapshot(snapshot);
  return snapshot;
}

function play(voice: Voice): Float32Array {
  const out = new Float32Array(NUM_FRAMES);
  voice.stepBlock(out, NUM_FRAMES, SAMPLING);
  return out;
}

/** `voice` must refuse each damaged form of its own snapshot and stay as it is. */
async function refusesDamage(voice: Voice, damages: readonly Damage[]): Promise<void> {
  const whole = snapshotOf(voice);
  for (const [index, name, values] of damages) {
    for (const value of values) {
      const damaged = whole.slice();
      new DataView(damaged.buffer).setFloat64(index * 8, value, true);
      await assertModelError(() => voice.restore(damaged), 'MODEL_SNAPSHOT');
      assert.deepEqual(snapshotOf(voice), whole, `${name} ${value} changed the voice`);
    }
  }
  const continued = play(voice);
  voice.restore(whole);
  assert.deepEqual(play(voice), continued);
}

describe('damaged snapshots are refused before anything changes', () => {
  it('by a voice of the reference stepper', async () => {
    const voice = createReferenceStepper(tinyBundle()).createVoice(5);
    play(voice);
    await refusesDamage(voice, COMMON);
  });

  it('by a composite', async () => {
    const stepper = createReferenceStepper(tinyBundle());
    const members = [1, 2].map((seed) => ({ stepper, seed }));
    const voice = createComposite(members, 'mixture', [1, 1]);
    play(voice);
    await refusesDamage(voice, COMMON);
  });

  it('by a voice of the onnx stepper, whose tokens since the state are counted', async function () {
    await needsOnnxRuntime(this);
    const stepper = await createOnnxStepper(tinyBundle({ dModel: 4 }));
    try {
      const voice = stepper.createVoice(5);
      play(voice);
      await refusesDamage(voice, [...COMMON, [5, 'numKnown', [-1, 0.5, 16, 255, 10_000, 1e15, Number.NaN]]]);
      // Forced ones are counted further.
      const forced = stepper.createVoice(5);
      forced.forceBlock(new Uint8Array(200), 200);
      await refusesDamage(forced, [[5, 'numKnown', [-1, 256, 10_000, 1e15]]]);
    } finally {
      stepper.dispose();
    }
  });
});
