import { blockRows, hopFrames } from '../../models/conditioning/block-rows.js';
import type { ConditioningInput, Stepper } from '../../models/index.js';

/** Inputs of a model: what `Stepper` and a bundle's manifest have in common. */
export type Inputs = Pick<Stepper, 'conditioning' | 'sampleRate'>;

/** Value `j` of frame `k` of an input, in [-1, 1]: no two frames are alike. */
export function frameValue({ name }: ConditioningInput, k: number, j: number): number {
  return Math.fround(Math.sin(name.length * 1.7 + k * 0.61 + j * 2.3 + ((k * k) % 7)));
}

/** The rows that a block of [frame, frame + numFrames) takes, and no more. */
export function blockConditioning(
  { conditioning, sampleRate }: Inputs,
  frame: number,
  numFrames: number,
): Float32Array[] {
  return conditioning.map((input) => {
    const hop = hopFrames(input, sampleRate);
    const first = Math.floor(frame / hop);
    return Float32Array.from({ length: blockRows(frame, numFrames, hop) * input.dim }, (_, i) =>
      frameValue(input, first + Math.floor(i / input.dim), i % input.dim),
    );
  });
}
