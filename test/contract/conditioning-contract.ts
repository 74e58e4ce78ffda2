import assert from 'node:assert/strict';
import { totalPool } from '../../models/bundle/layout.js';
import { hopFrames } from '../../models/conditioning/block-rows.js';
import {
  type Bundle,
  type Conditioning,
  createComposite,
  type Sampling,
  type Stepper,
  type Voice,
} from '../../models/index.js';
import { blockConditioning } from '../support/conditioning-frames.js';
import { assertModelError } from '../support/model-errors.js';

const SAMPLING: Sampling = { temperature: 1, topP: 0.95, topK: 0 };
const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };
/** No multiple of any hop or pool. */
const NUM_FRAMES = 1213;
const BLOCKS = [1, 7, 64, 128, 1000];
/** Logits of a composite are mixed in float64 from float32 rows. */
const MIXED_TOLERANCE = 1e-4;

/**
 * What every stepper of a conditioned model promises beside the stepper contract, as mocha tests. `bundle` is small and
 * has two inputs or more.
 */
export function describeConditioningContract(
  name: string,
  bundle: () => Bundle,
  createStepper: (bundle: Bundle, context: Mocha.Context) => Promise<Stepper>,
): void {
  describe(`conditioning contract: ${name}`, () => {
    let stepper: Stepper;
    before(async function () {
      stepper = await createStepper(bundle(), this);
    });
    after(() => stepper?.dispose());
    const voiceOf = (seed = 5) => stepper.createVoice(seed);

    for (const blockFrames of BLOCKS) {
      it(`steps and forces the same bits in blocks of ${blockFrames} frames`, () => {
        const whole = play(stepper, voiceOf(), NUM_FRAMES);
        assert.deepEqual(play(stepper, voiceOf(), blockFrames), whole);
        assert.deepEqual(
          force(stepper, voiceOf(), whole.ids, blockFrames),
          force(stepper, voiceOf(), whole.ids, NUM_FRAMES),
        );
      });
    }

    it('draws from what it predicts when forced', () => {
      const { ids } = play(stepper, voiceOf(), 64, GREEDY);
      const { startToken } = stepper.quantiser;
      const logits = force(stepper, voiceOf(), Uint8Array.of(startToken, ...ids), 64);
      for (let t = 0; t < NUM_FRAMES; t++) {
        const row = logits.subarray(t * stepper.levels, (t + 1) * stepper.levels);
        assert.equal(ids[t], row.indexOf(Math.max(...row)), `frame ${t}`);
      }
    });

    it('without conditioning, or with all of it undefined, drops all inputs; each of them is heard', () => {
      const logits = (conditioning?: Conditioning) => {
        const rows = new Float32Array(64 * stepper.levels);
        voiceOf().forceBlock(new Uint8Array(64).fill(99), 64, rows, conditioning);
        return rows;
      };
      const given = blockConditioning(stepper, 0, 64);
      assert.deepEqual(logits(given.map(() => undefined)), logits());
      for (const dropped of given.keys()) {
        const rest = given.map((rows, i) => (i === dropped ? undefined : rows));
        assert.notDeepEqual(logits(rest), logits(given));
        assert.notDeepEqual(logits(rest), logits());
      }
    });

    it('takes a frame from its first sample on, and looks at none beyond the block', () => {
      for (const [input, { dim }] of stepper.conditioning.entries()) {
        const hop = hopFrames(stepper.conditioning[input]!, stepper.sampleRate);
        const numFrames = 6 * hop;
        const ids = new Uint8Array(numFrames).fill(77);
        const logits = (change: (rows: Float32Array) => void) => {
          const conditioning = blockConditioning(stepper, 0, numFrames + hop);
          change(conditioning[input]!);
          const out = new Float32Array(numFrames * stepper.levels);
          voiceOf().forceBlock(ids, numFrames, out, conditioning);
          return out;
        };
        const expected = logits(() => undefined);
        const changed = logits((rows) => rows.fill(0.5, 4 * dim));
        const first = expected.findIndex((value, i) => value !== changed[i]);
        assert.equal(Math.floor(first / stepper.levels), 4 * hop);
        assert.deepEqual(
          logits((rows) => rows.fill(Number.NaN, 6 * dim)),
          expected,
        );
      }
    });

    it('goes on from a snapshot inside a frame', () => {
      const voice = voiceOf();
      play(stepper, voice, 64, SAMPLING, 333);
      const snapshot = new Uint8Array(voice.snapshotBytes);
      voice.snapshot(snapshot);
      const continued = play(stepper, voice, 64);
      const other = voiceOf(9);
      other.restore(snapshot);
      assert.deepEqual(play(stepper, other, 7), continued);
    });

    it('goes on as another frame: with the draws of that and its conditioning', async () => {
      const { architecture } = bundle().manifest;
      const period = totalPool(architecture);
      const hops = stepper.conditioning.map((input) => hopFrames(input, stepper.sampleRate));
      /** A later time at which all tiers and frames stand as they did. */
      const shift = 3 * hops.reduce((product, hop) => product * hop, period);
      const voice = voiceOf();
      play(stepper, voice, 64, SAMPLING, 333);
      const snapshot = new Uint8Array(voice.snapshotBytes);
      voice.snapshot(snapshot);
      const restored = (frame?: number) => {
        const other = voiceOf(9);
        other.restore(snapshot, frame);
        assert.equal(other.frame, frame ?? 333);
        return other;
      };
      const ids = new Uint8Array(100).fill(33);
      const rows = (at: number) => blockConditioning(stepper, at, 100);
      const logits = (from: Voice, conditioning: Conditioning) => {
        const out = new Float32Array(100 * stepper.levels);
        from.forceBlock(ids, 100, out, conditioning);
        return out;
      };
      assert.deepEqual(logits(restored(333 + shift), rows(333)), logits(restored(), rows(333)));
      assert.deepEqual(
        logits(restored(333 + shift), rows(333 + shift)),
        logits(restored(), rows(333 + shift)),
      );
      assert.notDeepEqual(
        play(stepper, restored(333 + period), 64).ids,
        play(stepper, restored(), 64).ids,
        'draws',
      );
      assert.deepEqual(
        play(stepper, restored(333 + period), 64),
        play(stepper, restored(333 + period), NUM_FRAMES),
      );
      assert.deepEqual(play(stepper, restored(333), 64), play(stepper, restored(), 64));

      const wrong = [-period, 0.5, Number.NaN, 2 ** 60, ...(period > 1 ? [334, 332] : [])];
      const untouched = voiceOf();
      for (const frame of wrong)
        await assertModelError(() => untouched.restore(snapshot, frame), 'MODEL_SNAPSHOT');
      assert.deepEqual(play(stepper, untouched, 64), play(stepper, voiceOf(), 64));
    });

    it('refuses what is no conditioning of the block, and steps nothing', async () => {
      const voice = voiceOf();
      const out = new Float32Array(65);
      const given = blockConditioning(stepper, 0, 65);
      const short = given.map((rows) => rows.subarray(1));
      for (const wrong of [[], given.slice(1), [...given, given[0]], short]) {
        await assertModelError(() => voice.stepBlock(out, 65, SAMPLING, undefined, wrong), 'MODEL_ARGUMENT');
        await assertModelError(
          () => voice.forceBlock(new Uint8Array(65), 65, undefined, wrong),
          'MODEL_ARGUMENT',
        );
      }
      assert.equal(voice.frame, 0);
      assert.deepEqual(play(stepper, voice, 64), play(stepper, voiceOf(), 64));
    });

    it('a group steers each voice on its own', async () => {
      const group = stepper.createGroup(3);
      // The slots stand at different frames, so inside different conditioning frames.
      const delays = [0, 5, 23];
      const outs = delays.map(() => new Float32Array(301));
      const isDropped = (slot: number) => slot === 1;
      for (let t = 0; t < 301; ) {
        for (const [slot, delay] of delays.entries()) if (t === delay) group.start(slot, 40 + slot);
        const n = Math.min(t < 23 ? 1 : 17, 301 - t);
        const conditionings = delays.map((delay, slot) =>
          isDropped(slot) ? undefined : blockConditioning(stepper, Math.max(0, t - delay), n),
        );
        group.stepBlock(
          outs.map((out) => out.subarray(t)),
          n,
          [SAMPLING, SAMPLING, SAMPLING],
          conditionings,
        );
        t += n;
      }
      for (const [slot, delay] of delays.entries()) {
        const n = 301 - delay;
        const alone = new Float32Array(n);
        const conditioning = isDropped(slot) ? undefined : blockConditioning(stepper, 0, n);
        voiceOf(40 + slot).stepBlock(alone, n, SAMPLING, undefined, conditioning);
        assert.deepEqual(outs[slot]!.slice(delay), alone, `slot ${slot}`);
      }
      const frames = delays.map((_, slot) => group.frame(slot));
      const wrong = frames.map((frame, slot) =>
        blockConditioning(stepper, frame, 40).map((rows) => rows.subarray(slot === 2 ? 1 : 0)),
      );
      await assertModelError(
        () => group.stepBlock(outs, 40, [SAMPLING, SAMPLING, SAMPLING], wrong),
        'MODEL_ARGUMENT',
      );
      assert.deepEqual(
        delays.map((_, slot) => group.frame(slot)),
        frames,
      );
    });

    it('a composite of one member is the model, in blocks of any size', () => {
      const alone = play(stepper, voiceOf(), NUM_FRAMES);
      for (const blockFrames of [1, 7, 1000]) {
        const composite = createComposite([{ stepper, seed: 5 }], 'product', [1]);
        assert.deepEqual(play(stepper, composite, blockFrames), alone);
      }
    });

    it('a composite of a member and itself dropped is guidance', () => {
      const members = [1, 2].map((seed) => ({ stepper, seed }));
      const composite = createComposite(members, 'product', [-0.5, 1.5]);
      composite.setDropped([true, false]);
      const ids = Uint8Array.from({ length: 100 }, (_, t) => (t * 37) & 255);
      const given = blockConditioning(stepper, 0, 100);
      const [mixed, dropped, steered] = [composite, voiceOf(), voiceOf()].map((voice, k) => {
        const logits = new Float32Array(100 * stepper.levels);
        voice.forceBlock(ids, 100, logits, k === 1 ? undefined : given);
        return logits;
      });
      for (const [i, logit] of mixed!.entries()) {
        const expected = -0.5 * dropped![i]! + 1.5 * steered![i]!;
        assert.ok(Math.abs(logit - expected) <= MIXED_TOLERANCE, `${logit}, expected ${expected}`);
      }
    });

    it('a composite drops members from the next frame on, and not on reset', async () => {
      const composite = createComposite([{ stepper, seed: 5 }], 'mixture', [1]);
      const voice = voiceOf();
      const parts = [composite, voice].map((player) => {
        const ids = new Uint8Array(150);
        const given = blockConditioning(stepper, 0, 50);
        player.stepBlock(new Float32Array(50), 50, SAMPLING, ids, given);
        composite.setDropped([true]);
        const later = player === composite ? blockConditioning(stepper, 50, 100) : undefined;
        player.stepBlock(new Float32Array(100), 100, SAMPLING, ids.subarray(50), later);
        return ids;
      });
      assert.deepEqual(parts[0], parts[1]);
      composite.reset(5);
      const fresh = voiceOf();
      const [a, b] = [new Float32Array(64), new Float32Array(64)];
      composite.stepBlock(a, 64, SAMPLING, undefined, blockConditioning(stepper, 0, 64));
      fresh.stepBlock(b, 64, SAMPLING);
      assert.deepEqual(a, b);
      for (const wrong of [[], [true, false], [1 as unknown as boolean]])
        await assertModelError(() => composite.setDropped(wrong), 'MODEL_ARGUMENT');
    });

    it('a composite goes on as another frame, or not at all', async () => {
      const period = totalPool(bundle().manifest.architecture);
      const make = () =>
        createComposite(
          [1, 2].map((seed) => ({ stepper, seed })),
          'mixture',
          [1, 2],
        );
      const composite = make();
      play(stepper, composite, 64, SAMPLING, 77);
      const [snapshot, after] = [0, 1].map(() => new Uint8Array(composite.snapshotBytes));
      composite.snapshot(snapshot!);
      const restored = make();
      restored.restore(snapshot!, 77 + 5 * period);
      assert.equal(restored.frame, 77 + 5 * period);
      const again = make();
      again.restore(snapshot!, 77 + 5 * period);
      assert.deepEqual(play(stepper, restored, 64, SAMPLING, 300), play(stepper, again, 300, SAMPLING, 300));
      for (const wrong of [-1, 0.5, ...(period > 1 ? [78, 76] : [])])
        await assertModelError(() => composite.restore(snapshot!, wrong), 'MODEL_SNAPSHOT');
      composite.snapshot(after!);
      assert.deepEqual(after, snapshot);
    });

    it('a composite refuses what is no conditioning of the block, and steps nothing', async () => {
      const composite = createComposite([{ stepper, seed: 5 }], 'mixture', [1]);
      const short = blockConditioning(stepper, 0, 65).map((rows) => rows.subarray(1));
      for (const wrong of [[], short]) {
        await assertModelError(
          () => composite.stepBlock(new Float32Array(65), 65, SAMPLING, undefined, wrong),
          'MODEL_ARGUMENT',
        );
        await assertModelError(
          () => composite.forceBlock(new Uint8Array(65), 65, undefined, wrong),
          'MODEL_ARGUMENT',
        );
      }
      assert.equal(composite.frame, 0);
    });
  });
}

/** The next `numFrames` frames of a voice, each block with the conditioning of its time. */
function play(
  stepper: Stepper,
  voice: Voice,
  blockFrames: number,
  sampling: Sampling = SAMPLING,
  numFrames = NUM_FRAMES,
): { out: Float32Array; ids: Uint8Array } {
  const out = new Float32Array(numFrames);
  const ids = new Uint8Array(numFrames);
  for (let start = 0; start < numFrames; start += blockFrames) {
    const n = Math.min(blockFrames, numFrames - start);
    const conditioning = blockConditioning(stepper, voice.frame, n);
    voice.stepBlock(out.subarray(start), n, sampling, ids.subarray(start), conditioning);
  }
  return { out, ids };
}

function force(stepper: Stepper, voice: Voice, ids: Uint8Array, blockFrames: number): Float32Array {
  const logits = new Float32Array(NUM_FRAMES * stepper.levels);
  for (let start = 0; start < NUM_FRAMES; start += blockFrames) {
    const n = Math.min(blockFrames, NUM_FRAMES - start);
    const conditioning = blockConditioning(stepper, voice.frame, n);
    voice.forceBlock(ids.subarray(start), n, logits.subarray(start * stepper.levels), conditioning);
  }
  return logits;
}
