import type { Bundle } from '../bundle/types.js';
import { blockRows, hopFrames } from '../conditioning/block-rows.js';
import { TokenDraw } from '../sampling/draw.js';
import { FrameRandom } from '../sampling/philox.js';
import { decodeTable } from '../sampling/quantiser.js';
import { createReferenceStepper } from '../sashimi/reference-stepper.js';
import type { Conditioning, Stepper, Voice } from '../stepper.js';
import { LOGITS_TOLERANCE, largestDifference } from '../verify.js';

/** Of each run: every tier of the usual pools steps twice and more. */
const FRAMES = 40;
/** A block that ends in the middle of a window. */
const FIRST_BLOCK = 13;
const SEED = 77;
/** Of the size of logits: float32 in any order of sums. */
const FLOAT_TOLERANCE = 5 * LOGITS_TOLERANCE;
/** Of the size of logits, but never less than SHORT_LEAST: beside short weights, coefficients are short and activations rounded. */
const SHORT_TOLERANCE = 1e-3;
const SHORT_LEAST = 1e-2;
/** Draws at the very edge of a token's share, which a difference within the tolerance moves to its neighbour. */
const MOST_OTHER_DRAWS = 3;
/** Amplitudes are float32 from a table. */
const AMPLITUDE_TOLERANCE = 1e-6;

/**
 * What a stepper must do to be trusted with a bundle: the reference's logits within a tolerance, draws that follow from them,
 * amplitudes of the tokens, the same bits in blocks of any size, after a restore, and in company. Allocates; off the audio path.
 */
export class StepperCheck {
  private readonly reference: Voice;
  private readonly forced: Uint8Array;
  private readonly conditioning: Conditioning;
  private readonly logits: Float32Array;

  constructor(private readonly bundle: Bundle) {
    const { levels } = bundle.manifest.quantiser;
    this.reference = createReferenceStepper(bundle).createVoice(SEED);
    this.forced = Uint8Array.from({ length: FRAMES }, (_, t) => (t * 37 + ((t * t) >> 3)) % levels);
    this.conditioning = someConditioning(bundle);
    this.logits = this.referenceLogits(this.forced, this.conditioning);
  }

  /**
   * Why the stepper is wrong: a clause; undefined for one that is right. One check per step of the generator, so that whoever
   * runs it can stop in between. `numVoices` at once, where they are to step in a group. Throws what the stepper throws.
   */
  *run(stepper: Stepper, numVoices: number): Generator<undefined, string | undefined> {
    const { quantiser, sampleRate, conditioning } = this.bundle.manifest;
    if (stepper.sampleRate !== sampleRate || stepper.levels !== quantiser.levels)
      return `it has ${stepper.levels} levels at ${stepper.sampleRate} Hz`;
    if (stepper.conditioning.length !== conditioning.length)
      return `it takes ${stepper.conditioning.length} inputs, not ${conditioning.length}`;
    const checks = [
      () => this.checkLogits(stepper),
      () => this.checkDraws(stepper),
      () => this.checkBlocks(stepper),
      ...(numVoices > 1 ? [() => this.checkGroup(stepper, numVoices)] : []),
    ];
    for (const check of checks) {
      const fault = check();
      if (fault !== undefined) return fault;
      yield;
    }
    return undefined;
  }

  private checkLogits(stepper: Stepper): string | undefined {
    const logits = new Float32Array(this.logits.length);
    stepper.createVoice(SEED).forceBlock(this.forced, FRAMES, logits, this.conditioning);
    const difference = largestDifference(this.logits, logits);
    const allowed = this.tolerance();
    if (difference <= allowed) return undefined;
    return `its logits are off by ${difference.toPrecision(2)}, allowed are ${allowed.toPrecision(2)}`;
  }

  private checkDraws(stepper: Stepper): string | undefined {
    const { sampling, quantiser } = this.bundle.manifest;
    const { out, ids } = this.play(stepper.createVoice(SEED), FRAMES);
    const amplitudes = decodeTable(quantiser);
    for (let t = 0; t < FRAMES; t++) {
      if (!(Math.abs(out[t]! - amplitudes[ids[t]!]!) <= AMPLITUDE_TOLERANCE))
        return `sample ${t} is ${out[t]}, its token ${ids[t]} is ${amplitudes[ids[t]!]}`;
    }
    const heard = Uint8Array.from({ length: FRAMES }, (_, t) =>
      t === 0 ? quantiser.startToken : ids[t - 1]!,
    );
    const logits = this.referenceLogits(heard, undefined);
    const draw = new TokenDraw(quantiser.levels);
    const random = new FrameRandom(SEED);
    let others = 0;
    for (let t = 0; t < FRAMES; t++) {
      const row = logits.subarray(t * quantiser.levels, (t + 1) * quantiser.levels);
      if (draw.draw(row, sampling, random.uniform(t)) !== ids[t]) others++;
    }
    return others > MOST_OTHER_DRAWS ? `${others} of ${FRAMES} draws are others` : undefined;
  }

  /** In one block, in two, and again from a snapshot in the middle. */
  private checkBlocks(stepper: Stepper): string | undefined {
    const whole = this.play(stepper.createVoice(SEED), FRAMES).out;
    const voice = stepper.createVoice(SEED);
    const first = this.play(voice, FIRST_BLOCK).out;
    const state = new Uint8Array(voice.snapshotBytes);
    voice.snapshot(state);
    const rest = this.play(voice, FRAMES - FIRST_BLOCK).out;
    voice.restore(state);
    const again = this.play(voice, FRAMES - FIRST_BLOCK).out;
    if (!isSame(whole.subarray(0, FIRST_BLOCK), first) || !isSame(whole.subarray(FIRST_BLOCK), rest))
      return 'its samples depend on the size of the block';
    return isSame(rest, again) ? undefined : 'its samples differ after a restore';
  }

  /** The last of many sounds as it does alone. */
  private checkGroup(stepper: Stepper, numVoices: number): string | undefined {
    const group = stepper.createGroup(numVoices);
    const outs = Array.from({ length: numVoices }, () => new Float32Array(FRAMES));
    for (let slot = 0; slot < numVoices; slot++) group.start(slot, SEED + slot);
    group.stepBlock(
      outs,
      FRAMES,
      outs.map(() => this.bundle.manifest.sampling),
    );
    const alone = this.play(stepper.createVoice(SEED + numVoices - 1), FRAMES).out;
    return isSame(outs[numVoices - 1]!, alone) ? undefined : 'its samples depend on the voices beside it';
  }

  private play(voice: Voice, numFrames: number): { out: Float32Array; ids: Uint8Array } {
    const out = new Float32Array(numFrames);
    const ids = new Uint8Array(numFrames);
    voice.stepBlock(out, numFrames, this.bundle.manifest.sampling, ids);
    return { out, ids };
  }

  private referenceLogits(ids: Uint8Array, conditioning: Conditioning | undefined): Float32Array {
    const logits = new Float32Array(ids.length * this.bundle.manifest.quantiser.levels);
    this.reference.reset(SEED);
    this.reference.forceBlock(ids, ids.length, logits, conditioning);
    return logits;
  }

  private tolerance(): number {
    const size = this.logits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1);
    const isShort = this.bundle.manifest.weights.format !== undefined;
    return isShort ? Math.max(SHORT_LEAST, SHORT_TOLERANCE * size) : FLOAT_TOLERANCE * size;
  }
}

/** For the frames of a run, from -1 to 1, no two rows alike. */
function someConditioning({ manifest }: Bundle): Conditioning {
  return manifest.conditioning.map((input) => {
    const rows = blockRows(0, FRAMES, hopFrames(input, manifest.sampleRate));
    return Float32Array.from({ length: rows * input.dim }, (_, i) => Math.sin(1.7 + 0.61 * i));
  });
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
