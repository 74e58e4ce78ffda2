import { modelCost } from '../bundle/cost.js';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { deEmphasised, encodeSound } from '../sampling/emphasis.js';
import { decodeTable, encodeSample } from '../sampling/quantiser.js';
import { createPortableStepper } from '../stream/portable-stepper.js';

/** Calibration costs about six times the multiply-adds of the sound: this is about half a minute of one core. */
const CALIBRATION_MACS = 1e10;
const MIN_SECONDS = 2;
const MAX_SECONDS = 20;
/** Long enough for the states to fill, short enough to hear many places. */
const EXCERPT_SECONDS = 1;
/** Frames between two reports of progress. */
const BLOCK_FRAMES = 1024;

/** Frames of sound that calibrating this model takes in about half a minute: a whole number of windows of every tier. */
export function calibrationFrames(bundle: Bundle): number {
  const { sampleRate, architecture } = bundle.manifest;
  const affordable = CALIBRATION_MACS / modelCost(bundle).macsPerSample / sampleRate;
  const seconds = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, affordable));
  const window = architecture.pool.reduce((product, size) => product * size, 1);
  return Math.ceil((seconds * sampleRate) / window) * window;
}

/**
 * Tokens (at most numFrames) of excerpts of a second, spread evenly over `clips`: mono, amplitude in [-1, 1], at the
 * model's sample rate. Throws MODEL_ARGUMENT for clips that are shorter than one window of the deepest tier.
 */
export function excerptTokens(bundle: Bundle, clips: readonly Float32Array[], numFrames: number): Uint8Array {
  const { sampleRate, architecture } = bundle.manifest;
  const all = encodeSound(bundle.manifest, joined(clips));
  const window = architecture.pool.reduce((product, size) => product * size, 1);
  const length = Math.floor(Math.min(numFrames, all.length) / window) * window;
  if (length === 0) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected ${window} frames of sound or more but received ${all.length}.`,
    );
  }
  const excerpt = Math.min(length, EXCERPT_SECONDS * sampleRate);
  const numExcerpts = Math.ceil(length / excerpt);
  const tokens = new Uint8Array(length);
  for (let i = 0; i < numExcerpts; i++) {
    const start = numExcerpts === 1 ? 0 : Math.floor(((all.length - excerpt) * i) / (numExcerpts - 1));
    const room = length - i * excerpt;
    tokens.set(all.subarray(start, start + Math.min(excerpt, room)), i * excerpt);
  }
  return tokens;
}

/**
 * Tokens (numFrames) that the model plays by itself, as its card says it should be sampled: the same on every machine,
 * for they are made by the portable stepper. `onProgress` as in `quantiseTensors`.
 */
export async function ownTokens(
  bundle: Bundle,
  numFrames: number,
  seed: number,
  onProgress?: (share: number) => void | Promise<void>,
): Promise<Uint8Array> {
  const stepper = await createPortableStepper(bundle, 'wasm');
  const voice = stepper.createVoice(seed);
  const tokens = new Uint8Array(numFrames);
  const out = new Float32Array(BLOCK_FRAMES);
  for (let start = 0; start < numFrames; start += BLOCK_FRAMES) {
    const block = Math.min(BLOCK_FRAMES, numFrames - start);
    voice.stepBlock(out, block, bundle.manifest.sampling, tokens.subarray(start, start + block));
    await onProgress?.((start + block) / numFrames);
  }
  stepper.dispose();
  return tokens;
}

/** Sound (tokens) that the model's quantiser encodes as `tokens`: decoding alone is no round trip at every level. */
export function soundOfTokens({ manifest }: Bundle, tokens: Uint8Array): Float32Array {
  const { quantiser } = manifest;
  const table = decodeTable(quantiser);
  const amplitudes = table.map((amplitude, token) => {
    const lower = (amplitude + (table[token - 1] ?? amplitude)) / 2;
    const upper = (amplitude + (table[token + 1] ?? amplitude)) / 2;
    // The last level has no upper neighbour: the end of the range is in it.
    return [amplitude, lower, upper, 1].find((x) => encodeSample(quantiser, x) === token) ?? amplitude;
  });
  return deEmphasised(
    manifest,
    Float32Array.from(tokens, (token) => amplitudes[token]!),
  );
}

function joined(clips: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(clips.reduce((sum, clip) => sum + clip.length, 0));
  let at = 0;
  for (const clip of clips) {
    all.set(clip, at);
    at += clip.length;
  }
  return all;
}
