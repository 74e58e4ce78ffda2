import assert from 'node:assert/strict';
import type { Bundle, Sampling, Stepper, Voice } from '../../models/index.js';
import { assertModelError } from '../support/model-errors.js';
import { itKeepsTheCompositeContract } from './composite-contract.js';
import { itKeepsTheGroupContract } from './group-contract.js';

const SAMPLING: Sampling = { temperature: 1, topP: 0.95, topK: 0 };
const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };
/** A few windows of the deepest tier, and no multiple of it. */
const NUM_FRAMES = 1213;

/**
 * What every stepper promises (models/stepper.ts), as mocha tests. `bundle` should be small;
 * `createStepper` is called once. Not checked here: agreement with the reference, which is a matter of tolerance.
 */
export function describeStepperContract(
  name: string,
  bundle: () => Bundle,
  createStepper: (bundle: Bundle, context: Mocha.Context) => Promise<Stepper>,
): void {
  describe(`stepper contract: ${name}`, () => {
    let stepper: Stepper;
    before(async function () {
      stepper = await createStepper(bundle(), this);
    });
    after(() => stepper?.dispose());

    it('states rate, alphabet and conditioning of the bundle', () => {
      const { sampleRate, quantiser } = bundle().manifest;
      assert.equal(stepper.sampleRate, sampleRate);
      assert.equal(stepper.levels, quantiser.levels);
      assert.deepEqual(stepper.quantiser, quantiser);
      assert.deepEqual(stepper.conditioning, bundle().manifest.conditioning);
      assert.notEqual(stepper.instructionSet, '');
    });

    for (const blockFrames of [1, 7, 64, 128, 1000]) {
      it(`steps the same bits in blocks of ${blockFrames} frames`, () => {
        assert.deepEqual(play(stepper.createVoice(5), blockFrames), play(stepper.createVoice(5), NUM_FRAMES));
      });

      it(`forces the same logits in blocks of ${blockFrames} frames`, () => {
        const { ids } = play(stepper.createVoice(5), NUM_FRAMES);
        assert.deepEqual(force(stepper, ids, blockFrames), force(stepper, ids, NUM_FRAMES));
      });
    }

    it('counts frames, and starts anew on reset', () => {
      const voice = stepper.createVoice(5);
      const fresh = play(voice, 64);
      assert.equal(voice.frame, NUM_FRAMES);
      voice.reset(5);
      assert.equal(voice.frame, 0);
      assert.deepEqual(play(voice, 64), fresh);
    });

    it('makes other tokens of another seed, in finite amplitudes within [-1, 1]', () => {
      const a = play(stepper.createVoice(5), 64);
      const b = play(stepper.createVoice(6), 64);
      assert.notDeepEqual(a.ids, b.ids);
      for (const amplitude of a.out) assert.ok(Math.abs(amplitude) <= 1);
      assert.ok(new Set(a.ids).size > 8, 'expected some variety of tokens');
    });

    it('takes the seed of a reset, not that of creation', () => {
      const voice = stepper.createVoice(1);
      voice.reset(5);
      assert.deepEqual(play(voice, 64), play(stepper.createVoice(5), 64));
    });

    it('is greedy at temperature 0, whatever the seed', () => {
      const a = play(stepper.createVoice(5), 64, GREEDY);
      assert.deepEqual(play(stepper.createVoice(6), 64, GREEDY), a);
      const logits = force(stepper, Uint8Array.of(bundle().manifest.quantiser.startToken, ...a.ids), 64);
      for (let t = 0; t < NUM_FRAMES; t++) {
        const row = logits.subarray(t * stepper.levels, (t + 1) * stepper.levels);
        assert.equal(a.ids[t], row.indexOf(Math.max(...row)), `frame ${t}`);
      }
    });

    it('keeps to the top token at top-k 1', () => {
      const topOne: Sampling = { temperature: 1, topP: 1, topK: 1 };
      assert.deepEqual(play(stepper.createVoice(5), 64, topOne), play(stepper.createVoice(5), 64, GREEDY));
    });

    it('goes on from a snapshot, in the same voice and in another', () => {
      const voice = stepper.createVoice(5);
      voice.stepBlock(new Float32Array(333), 333, SAMPLING);
      const snapshot = new Uint8Array(voice.snapshotBytes);
      voice.snapshot(snapshot);
      const continued = play(voice, 64);
      voice.restore(snapshot);
      assert.equal(voice.frame, 333);
      assert.deepEqual(play(voice, 64), continued);
      const other = stepper.createVoice(77);
      other.restore(snapshot);
      assert.deepEqual(play(other, 64), continued);
    });

    it('lays its snapshots out: what belongs to the tiers is all that the next frames depend on, but for seed and time', () => {
      const [a, b] = [aligned(stepper, 5, 100), aligned(stepper, 6, 301)];
      const { ranges, numTiers } = a.snapshotLayout();
      assert.equal(numTiers, bundle().manifest.architecture.pool.length + 1);
      const [from, into] = [a, b].map((voice) => {
        const bytes = new Uint8Array(voice.snapshotBytes);
        voice.snapshot(bytes);
        return bytes;
      });
      let end = 0;
      for (const { tier, offset, length } of ranges.toSorted((x, y) => x.offset - y.offset)) {
        assert.ok(tier >= 0 && tier < numTiers && offset >= end && length > 0);
        end = offset + length;
        into!.set(from!.subarray(offset, end), offset);
      }
      assert.ok(end <= a.snapshotBytes);
      b.restore(into!);
      assert.deepEqual(play(b, 64, GREEDY), play(a, 64, GREEDY));
    });

    it('keys its draws with the seed that stands in a snapshot', () => {
      const voice = stepper.createVoice(5);
      const bytes = new Uint8Array(voice.snapshotBytes);
      voice.snapshot(bytes);
      const { offset, type } = voice.snapshotLayout().seed;
      const view = new DataView(bytes.buffer);
      if (type === 'uint32') view.setUint32(offset, 0x9abcdef0, true);
      else view.setFloat64(offset, 0x9abcdef0, true);
      voice.restore(bytes);
      assert.deepEqual(play(voice, 64), play(stepper.createVoice(0x9abcdef0), 64));
    });

    it('refuses what is no snapshot, and plays on', async () => {
      const voice = stepper.createVoice(5);
      await assertModelError(() => voice.restore(new Uint8Array(voice.snapshotBytes - 8)), 'MODEL_SNAPSHOT');
      await assertModelError(() => voice.restore(new Uint8Array(voice.snapshotBytes)), 'MODEL_SNAPSHOT');
      assert.deepEqual(play(voice, 64), play(stepper.createVoice(5), 64));
    });

    it('refuses arrays that are too short', async () => {
      const voice = stepper.createVoice(5);
      const out = new Float32Array(64);
      await assertModelError(() => voice.stepBlock(out, 65, SAMPLING), 'MODEL_ARGUMENT');
      await assertModelError(() => voice.stepBlock(out, 64, SAMPLING, new Uint8Array(63)), 'MODEL_ARGUMENT');
      await assertModelError(() => voice.forceBlock(new Uint8Array(64), 65), 'MODEL_ARGUMENT');
      const rows = new Float32Array(64 * stepper.levels - 1);
      await assertModelError(() => voice.forceBlock(new Uint8Array(64), 64, rows), 'MODEL_ARGUMENT');
    });

    it('keeps two voices apart', () => {
      const alone = play(stepper.createVoice(5), NUM_FRAMES);
      const [a, b] = [stepper.createVoice(5), stepper.createVoice(6)];
      const out = new Float32Array(NUM_FRAMES);
      const other = new Float32Array(7);
      for (let start = 0; start < NUM_FRAMES; start += 7) {
        const numFrames = Math.min(7, NUM_FRAMES - start);
        a.stepBlock(out.subarray(start), numFrames, SAMPLING);
        b.stepBlock(other, numFrames, SAMPLING);
      }
      assert.deepEqual(out, alone.out);
    });

    it('draws after a forced prefix as if it had played it', () => {
      const whole = play(stepper.createVoice(5), NUM_FRAMES, GREEDY);
      const prefix = 100;
      const voice = stepper.createVoice(5);
      const { startToken } = bundle().manifest.quantiser;
      // The start token and all but the last id of the prefix: the next prediction is of id prefix - 1.
      voice.forceBlock(Uint8Array.of(startToken, ...whole.ids.subarray(0, prefix - 1)), prefix);
      assert.equal(voice.frame, prefix);
      const ids = new Uint8Array(50);
      voice.stepBlock(new Float32Array(50), 50, GREEDY, ids);
      assert.deepEqual(ids, whole.ids.slice(prefix - 1, prefix + 49));
      assert.equal(voice.frame, prefix + 50);
    });

    itKeepsTheGroupContract(() => stepper);
    itKeepsTheCompositeContract(() => stepper);
  });
}

/** A voice that has stepped `numFrames`, and on until its tiers are aligned. */
function aligned(stepper: Stepper, seed: number, numFrames: number): Voice {
  const voice = stepper.createVoice(seed);
  assert.ok(voice.isAligned);
  voice.stepBlock(new Float32Array(numFrames), numFrames, SAMPLING);
  for (let t = 0; !voice.isAligned; t++) {
    assert.ok(t < 5000, 'it never is aligned again');
    voice.stepBlock(new Float32Array(1), 1, SAMPLING);
  }
  return voice;
}

function play(
  voice: Voice,
  blockFrames: number,
  sampling: Sampling = SAMPLING,
): { out: Float32Array; ids: Uint8Array } {
  const out = new Float32Array(NUM_FRAMES);
  const ids = new Uint8Array(NUM_FRAMES);
  for (let start = 0; start < NUM_FRAMES; start += blockFrames) {
    const numFrames = Math.min(blockFrames, NUM_FRAMES - start);
    voice.stepBlock(out.subarray(start), numFrames, sampling, ids.subarray(start));
  }
  return { out, ids };
}

/** Logits of the first NUM_FRAMES ids, forced in blocks. */
function force(stepper: Stepper, ids: Uint8Array, blockFrames: number): Float32Array {
  const voice = stepper.createVoice(0);
  const logits = new Float32Array(NUM_FRAMES * stepper.levels);
  for (let start = 0; start < NUM_FRAMES; start += blockFrames) {
    const numFrames = Math.min(blockFrames, NUM_FRAMES - start);
    voice.forceBlock(ids.subarray(start), numFrames, logits.subarray(start * stepper.levels));
  }
  return logits;
}
