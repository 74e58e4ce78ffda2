import type { ConditioningInput } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { Conditioning } from '../stepper.js';

/** Samples per frame of an input, at a model of `sampleRate` Hz. A whole number: `checkManifest` saw to that. */
export function hopFrames({ rateHz }: ConditioningInput, sampleRate: number): number {
  return Math.round(sampleRate / rateHz);
}

/** Conditioning frames that the samples [frame, frame + numFrames) touch. */
export function blockRows(frame: number, numFrames: number, hop: number): number {
  return numFrames < 1 ? 0 : Math.floor((frame + numFrames - 1) / hop) - Math.floor(frame / hop) + 1;
}

/** Throws MODEL_ARGUMENT unless `conditioning` has an entry per input, each with the rows of the block. Allocates nothing else. */
export function checkConditioning(
  inputs: readonly ConditioningInput[],
  sampleRate: number,
  conditioning: Conditioning | undefined,
  frame: number,
  numFrames: number,
): void {
  if (conditioning === undefined) return;
  if (conditioning.length !== inputs.length) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected conditioning of ${inputs.length} inputs but received ${conditioning.length}.`,
    );
  }
  for (let i = 0; i < inputs.length; i++) {
    const rows = conditioning[i];
    const input = inputs[i]!;
    const needed = blockRows(frame, numFrames, hopFrames(input, sampleRate)) * input.dim;
    if (rows !== undefined && rows.length < needed) {
      throw new ModelError(
        'MODEL_ARGUMENT',
        `Expected at least ${needed} values of conditioning ${input.name} but received ${rows.length}.`,
      );
    }
  }
}
