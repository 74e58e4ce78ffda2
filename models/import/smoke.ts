import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { negativeLogLikelihood } from '../score.js';
import type { Stepper } from '../stepper.js';

/** Seconds that are generated, and how many frames of them are looked at for how sure the model is. */
const SECONDS = 0.25;
const SURE_FRAMES = 1024;
const SEED = 1;
/** An id this close to either end of the scale is at full scale. */
const EDGE_LEVELS = 2;

/** A short generation, measured. */
export interface SmokeTest {
  readonly seconds: number;
  /** Of the root mean square and of the peak, dB below full scale; -Infinity for silence. */
  readonly levelDb: number;
  readonly peakDb: number;
  /** Share of frames at the very end of the scale. */
  readonly clipped: number;
  /** Mean of amplitude: away from 0 it is an offset that nobody hears but every speaker feels. */
  readonly offset: number;
  /** How surprised the model is by what it said itself: 8 bits is no idea at all. */
  readonly bitsPerSample: number;
  readonly stepper: string;
}

/** Lets the model speak for a moment. Throws what stepping throws. */
export function smokeTest(bundle: Bundle, stepper: Stepper): SmokeTest {
  const { quantiser, sampleRate } = bundle.manifest;
  const numFrames = Math.round(SECONDS * sampleRate);
  const out = new Float32Array(numFrames);
  const ids = new Uint8Array(numFrames);
  stepper.createVoice(SEED).stepBlock(out, numFrames, { temperature: 1, topP: 1, topK: 0 }, ids);
  let power = 0;
  let peak = 0;
  let sum = 0;
  let edges = 0;
  for (let t = 0; t < numFrames; t++) {
    power += out[t]! * out[t]!;
    sum += out[t]!;
    peak = Math.max(peak, Math.abs(out[t]!));
    if (ids[t]! < EDGE_LEVELS || ids[t]! >= quantiser.levels - EDGE_LEVELS) edges++;
  }
  return {
    seconds: SECONDS,
    levelDb: decibel(Math.sqrt(power / numFrames)),
    peakDb: decibel(peak),
    clipped: edges / numFrames,
    offset: sum / numFrames,
    bitsPerSample: surprise(stepper, ids, quantiser.startToken, quantiser.levels),
    stepper: stepper.kind,
  };
}

function surprise(stepper: Stepper, ids: Uint8Array, startToken: number, levels: number): number {
  const numFrames = Math.min(SURE_FRAMES, ids.length);
  const inputs = new Uint8Array(numFrames);
  inputs[0] = startToken;
  inputs.set(ids.subarray(0, numFrames - 1), 1);
  const logits = new Float32Array(numFrames * levels);
  stepper.createVoice(SEED).forceBlock(inputs, numFrames, logits);
  let nats = 0;
  for (let t = 0; t < numFrames; t++) nats += negativeLogLikelihood(logits, t * levels, levels, ids[t]!);
  if (Number.isFinite(nats)) return nats / numFrames / Math.LN2;
  throw new ModelError(
    'MODEL_TENSOR_VALUE',
    'Expected finite logits but the model computes NaN or infinity.',
    {
      remedy:
        'The training diverged, or the configuration is wrong: use an earlier checkpoint, or check --config.',
    },
  );
}

function decibel(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}
