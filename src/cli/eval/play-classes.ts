import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { ConditioningInput, Sampling, Stepper } from '../../../models/index.js';
import { isFedByClasses } from '../../../nodes/index.js';

/** An input that class weights feed. */
export interface ClassInput {
  /** Its number. */
  readonly input: number;
  readonly rateHz: number;
  readonly labels: readonly string[];
}

/** The first one that names its classes; undefined when there is none. */
export function classInput(inputs: readonly ConditioningInput[]): ClassInput | undefined {
  const input = inputs.findIndex((one) => isFedByClasses(one) && one.labels?.length === one.dim);
  if (input < 0) return undefined;
  const { rateHz, labels = [] } = inputs[input]!;
  return { input, rateHz, labels };
}

/** Between two turns of the event loop. */
const BLOCK_ROWS = 64;

/** What a model makes of steady `weights`, one per class, from its start token on; its other inputs are dropped. */
export async function playClasses(
  stepper: Stepper,
  { input, rateHz, labels }: ClassInput,
  weights: readonly number[],
  numSamples: number,
  { sampling, seed }: { readonly sampling: Sampling; readonly seed: number },
): Promise<Float32Array> {
  const hop = stepper.sampleRate / rateHz;
  const rows = new Float32Array(BLOCK_ROWS * labels.length);
  for (let at = 0; at < rows.length; at++) rows[at] = weights[at % labels.length]!;
  const conditioning = stepper.conditioning.map((_, i) => (i === input ? rows : undefined));
  const voice = stepper.createVoice(seed);
  const out = new Float32Array(numSamples);
  const blockFrames = BLOCK_ROWS * hop;
  for (let at = 0; at < numSamples; at += blockFrames) {
    const count = Math.min(blockFrames, numSamples - at);
    voice.stepBlock(out.subarray(at, at + count), count, sampling, undefined, conditioning);
    await yieldTurn();
  }
  return out;
}
