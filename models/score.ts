import type { Bundle } from './bundle/types.js';
import { checkConditioning, hopFrames } from './conditioning/block-rows.js';
import { ModelError } from './errors.js';
import { encode, encodeClip } from './sampling/quantiser.js';
import type { Conditioning, Stepper } from './stepper.js';

/** Frames per call of the stepper: small enough to show progress and to let other work in. */
const BLOCK_FRAMES = 1024;

export interface ScoreOptions {
  /**
   * How amplitude meets the quantiser's range. `none`: as it stands, as our own models are trained.
   * `clip`: scaled to the full range first, as the official data pipeline does.
   */
  readonly scaling?: 'none' | 'clip';
  /**
   * What steers the model during the clip: all frames of each of its inputs, from that of the first sample on; an input
   * without any is dropped. Default: all of them are.
   */
  readonly conditioning?: Conditioning;
  /** After every block, with the share done, 0 to 1. May be awaited, to let a screen redraw. */
  readonly onProgress?: (share: number) => void | Promise<void>;
}

export interface Score {
  /** Mean of -log2 p(token) over the clip, at temperature 1 without cuts. */
  readonly bitsPerSample: number;
  readonly frames: number;
}

/**
 * How well the model predicts `audio` (numFrames), mono, amplitude in [-1, 1], at the model's sample rate.
 * Token t is predicted from the start token and the tokens before it. Throws MODEL_ARGUMENT for no audio,
 * and for fewer frames of conditioning than it has.
 */
export async function scoreAudio(
  bundle: Bundle,
  stepper: Stepper,
  audio: Float32Array,
  options: ScoreOptions = {},
): Promise<Score> {
  if (audio.length === 0)
    throw new ModelError('MODEL_ARGUMENT', 'Expected audio to score but received none.');
  const { quantiser } = bundle.manifest;
  const tokens = options.scaling === 'clip' ? encodeClip(quantiser, audio) : encode(quantiser, audio);
  const { levels } = quantiser;
  const inputs = new Uint8Array(tokens.length);
  inputs[0] = quantiser.startToken;
  inputs.set(tokens.subarray(0, -1), 1);

  const given = options.conditioning;
  checkConditioning(stepper.conditioning, stepper.sampleRate, given, 0, tokens.length);
  const voice = stepper.createVoice(0);
  const logits = new Float32Array(BLOCK_FRAMES * levels);
  let nats = 0;
  for (let start = 0; start < tokens.length; start += BLOCK_FRAMES) {
    const numFrames = Math.min(BLOCK_FRAMES, tokens.length - start);
    const conditioning = given?.map((frames, i) => {
      const input = stepper.conditioning[i]!;
      return frames?.subarray(Math.floor(start / hopFrames(input, stepper.sampleRate)) * input.dim);
    });
    voice.forceBlock(inputs.subarray(start, start + numFrames), numFrames, logits, conditioning);
    for (let t = 0; t < numFrames; t++)
      nats += negativeLogLikelihood(logits, t * levels, levels, tokens[start + t]!);
    await options.onProgress?.((start + numFrames) / tokens.length);
  }
  return { bitsPerSample: nats / tokens.length / Math.LN2, frames: tokens.length };
}

/** -ln softmax(logits[offset..offset + levels))[id]. */
export function negativeLogLikelihood(
  logits: Float32Array,
  offset: number,
  levels: number,
  id: number,
): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < levels; i++) max = Math.max(max, logits[offset + i]!);
  let sum = 0;
  for (let i = 0; i < levels; i++) sum += Math.exp(logits[offset + i]! - max);
  return max + Math.log(sum) - logits[offset + id]!;
}
