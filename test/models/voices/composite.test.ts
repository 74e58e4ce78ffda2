/** What the contract of composites cannot ask of one stepper: members that differ. */
import assert from 'node:assert/strict';
import {
  type Conditioning,
  createComposite,
  createReferenceStepper,
  type Sampling,
  type Stepper,
  TokenDraw,
  type Voice,
} from '../../../models/index.js';
import { createWasmStepper } from '../../../models/native/wasm/wasm-stepper.js';
import { LogitMixer } from '../../../models/voices/mix-logits.js';
import { bytesPerCall } from '../../support/heap.js';
import { assertModelError } from '../../support/model-errors.js';
import { TINY_CONDITIONING, type TinyBundleOptions, tinyBundle } from '../../support/tiny-bundle.js';

const PLAIN: Sampling = { temperature: 1, topP: 1, topK: 0 };
const LEVELS = 256;

function stepperOf(options: TinyBundleOptions): Stepper {
  return createReferenceStepper(tinyBundle(options));
}

/** The prediction after these ids, (levels). */
function prediction(voice: Pick<Voice, 'forceBlock'>, conditioning?: Conditioning) {
  const ids = Uint8Array.of(128, 3, 200, 90);
  const logits = new Float32Array(ids.length * LEVELS);
  voice.forceBlock(ids, ids.length, logits, conditioning);
  return logits.slice(-LEVELS);
}

function probabilities(logits: Float32Array): Float64Array {
  const out = new Float64Array(LEVELS);
  new TokenDraw(LEVELS).probabilities(logits, PLAIN, out);
  return out;
}

describe('composites of different models', () => {
  const [one, other] = [stepperOf({ seed: 1 }), stepperOf({ seed: 2, pool: [2], dModel: 6 })];
  const members = [
    { stepper: one, seed: 5 },
    { stepper: other, seed: 6 },
  ];
  const single = () => [one, other].map((stepper) => prediction(stepper.createVoice(0)));

  it('a mixture has the weighted mean of the probabilities', () => {
    const [p, q] = single().map(probabilities);
    const mixed = probabilities(prediction(createComposite(members, 'mixture', [1, 3])));
    for (let id = 0; id < LEVELS; id++)
      assert.ok(Math.abs(mixed[id]! - (0.25 * p![id]! + 0.75 * q![id]!)) < 1e-7);
  });

  it('a product has the weighted sum of the logits, of any sign', () => {
    const [l, m] = single();
    const mixed = prediction(createComposite(members, 'product', [-0.5, 1.5]));
    for (let id = 0; id < LEVELS; id++) assert.equal(mixed[id], Math.fround(-0.5 * l![id]! + 1.5 * m![id]!));
  });

  it('all members hear what was drawn from all', () => {
    const composite = createComposite(members, 'mixture', [1, 1]);
    const ids = new Uint8Array(64);
    composite.stepBlock(new Float32Array(64), 64, PLAIN, ids);
    const heard = createComposite(members, 'mixture', [1, 1]);
    heard.forceBlock(Uint8Array.of(128, ...ids.subarray(0, 63)), 64);
    const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
    // The first draw is that of the last frame: from then on both have heard the same.
    heard.stepBlock(new Float32Array(1), 1, PLAIN);
    assert.equal(composite.frame + 1, heard.frame);
    composite.forceBlock(ids.subarray(63), 1);
    heard.forceBlock(ids.subarray(63), 1);
    composite.stepBlock(new Float32Array(32), 32, { ...PLAIN, temperature: 0 }, a);
    heard.stepBlock(new Float32Array(32), 32, { ...PLAIN, temperature: 0 }, b);
    assert.deepEqual(a, b);
  });

  it('takes steppers of different kinds', async () => {
    const wasm = await createWasmStepper(tinyBundle({ seed: 1 }));
    const mixed = createComposite([{ stepper: wasm, seed: 5 }, members[0]!], 'product', [0.5, 0.5]);
    const [ids, expected] = [new Uint8Array(64), new Uint8Array(64)];
    mixed.stepBlock(new Float32Array(64), 64, PLAIN, ids);
    one.createVoice(5).stepBlock(new Float32Array(64), 64, PLAIN, expected);
    assert.deepEqual(ids, expected);
  });

  it('refuses members of another quantiser, and says which', () =>
    assertModelError(
      () =>
        createComposite(
          [members[0]!, { stepper: stepperOf({ quantiser: 'linear' }), seed: 1 }],
          'mixture',
          [1, 1],
        ),
      'MODEL_ARGUMENT',
      /mu-law, 256 levels, start 128, 16000 Hz and linear/,
    ));

  it('steers the members that take conditioning, beside others', () => {
    const steered = stepperOf({ seed: 3, conditioning: TINY_CONDITIONING });
    const composite = createComposite([members[0]!, { stepper: steered, seed: 1 }], 'product', [0.5, 0.5]);
    const rows = [new Float32Array(5).fill(0.7), new Float32Array(12).fill(-0.4)];
    const mixed = prediction(composite, rows);
    const [l, m] = [prediction(one.createVoice(0)), prediction(steered.createVoice(0), rows)];
    for (let id = 0; id < LEVELS; id++) assert.equal(mixed[id], Math.fround(0.5 * l[id]! + 0.5 * m[id]!));
  });

  it('refuses members of other conditioning, and says which', () =>
    assertModelError(
      () =>
        createComposite(
          [TINY_CONDITIONING, TINY_CONDITIONING.slice(1)].map((conditioning) => ({
            stepper: stepperOf({ conditioning }),
            seed: 1,
          })),
          'mixture',
          [1, 1],
        ),
      'MODEL_ARGUMENT',
      /roll \(5 at 1000 Hz\), source \(3 at 16000 Hz\) and source/,
    ));

  it('a snapshot of other models changes no member', async () => {
    const [mine, theirs] = [
      createComposite([members[0]!, { stepper: stepperOf({ seed: 3 }), seed: 1 }], 'mixture', [1, 1]),
      createComposite([members[0]!, { stepper: stepperOf({ seed: 4 }), seed: 1 }], 'mixture', [1, 1]),
    ];
    mine.stepBlock(new Float32Array(10), 10, PLAIN);
    const [before, after] = [new Uint8Array(mine.snapshotBytes), new Uint8Array(mine.snapshotBytes)];
    mine.snapshot(before);
    const foreign = new Uint8Array(theirs.snapshotBytes);
    theirs.snapshot(foreign);
    // The first member is of the same model and would take it; the second does not.
    await assertModelError(() => mine.restore(foreign), 'MODEL_SNAPSHOT');
    mine.snapshot(after);
    assert.deepEqual(after, before);
  });

  it('a token that no member can say leaves logits finite', () => {
    const mixer = new LogitMixer(2, 3, 'mixture');
    const out = new Float32Array(3);
    mixer.mix([Float32Array.of(0, -3e4, 0), Float32Array.of(0, -3e4, 1)], out);
    assert.ok(out.every(Number.isFinite));
    assert.ok(out[1]! < -700);
  });
});

describe('groups and composites allocate nothing while they play', function () {
  this.timeout(240_000);
  const stepper = stepperOf({ conditioning: TINY_CONDITIONING });
  const rows = TINY_CONDITIONING.map(({ dim }) => new Float32Array(65 * dim).fill(0.3));
  const outs = [0, 1, 2].map(() => new Float32Array(64));
  /** As for a voice: numbers are boxed here and there, 16 bytes each. */
  const staysSmall = (body: () => void) => {
    const bytesPerFrame = bytesPerCall(body, 40) / 64;
    assert.ok(bytesPerFrame < 192, `${bytesPerFrame} bytes per frame`);
  };

  it('a group', () => {
    const group = stepper.createGroup(3);
    const samplings = [PLAIN, PLAIN, PLAIN];
    const conditionings = [rows, rows, rows];
    const snapshot = new Uint8Array(group.snapshotBytes);
    for (const slot of [0, 2]) group.start(slot, slot);
    staysSmall(() => {
      group.stepBlock(outs, 64, samplings, conditionings);
      group.snapshot(0, snapshot);
      group.restore(2, snapshot);
      group.stop(0);
      group.start(0, 7);
    });
  });

  for (const mixing of ['mixture', 'product'] as const) {
    it(`a ${mixing}`, () => {
      const composite = createComposite(
        [1, 2].map((seed) => ({ stepper, seed })),
        mixing,
        [0.4, 0.6],
      );
      const weights = [0.3, 0.7];
      const isDropped = [true, false];
      staysSmall(() => {
        composite.setWeights(weights);
        composite.setDropped(isDropped);
        composite.stepBlock(outs[0]!, 64, PLAIN, undefined, rows);
      });
    });
  }
});
