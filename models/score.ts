import type { Bundle } from './bundle/types.js';
import { ModelError } from './errors.js';
import { encodeSound, preEmphasised } from './sampling/emphasis.js';
import { encodeClip } from './sampling/quantiser.js';
import type { Conditioning, Stepper } from './stepper.js';

/** Frames per call of the stepper: small enough to show progress and to let other work in. */
export const SCORE_BLOCK_FRAMES = 1024;

export interface ScoreOptions {
  /**
   * How amplitude meets the quantiser's range. `none`: as it stands, as our own models are trained.
   * `clip`: scaled to the full range first, as the official data pipeline does.
   */
  readonly scaling?: 'none' | 'clip';
  /**
   * What steers the model: of the next `numFrames` frames, in order, from frame 0 on, in blocks of 1024. Borrowed until
   * the next call. Without it all conditioning is dropped.
   */
  readonly conditioning?: (numFrames: number) => Conditioning;
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
 * Token t is predicted from the start token and the tokens before it. Throws MODEL_ARGUMENT for no audio.
 */
export async function scoreAudio(
  bundle: Bundle,
  stepper: Stepper,
  audio: Float32Array,
  options: ScoreOptions = {},
): Promise<Score> {
  if (audio.length === 0)
    throw new ModelError('MODEL_ARGUMENT', 'Expected audio to score but received none.');
  const { manifest } = bundle;
  const { quantiser } = manifest;
  const tokens =
    options.scaling === 'clip'
      ? encodeClip(quantiser, preEmphasised(manifest, audio))
      : encodeSound(manifest, audio);
  const { levels } = quantiser;
  const inputs = new Uint8Array(tokens.length);
  inputs[0] = quantiser.startToken;
  inputs.set(tokens.subarray(0, -1), 1);

  const voice = stepper.createVoice(0);
  const logits = new Float32Array(SCORE_BLOCK_FRAMES * levels);
  let nats = 0;
  for (let start = 0; start < tokens.length; start += SCORE_BLOCK_FRAMES) {
    const numFrames = Math.min(SCORE_BLOCK_FRAMES, tokens.length - start);
    const conditioning = options.conditioning?.(numFrames);
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
