import type { ConditioningInput } from '../../models/index.js';
import type { BlockConditioning } from '../../src/eval/block-conditioning.js';

/** All that is said over `numFrames` samples at 16 kHz, asked for in blocks of `size`; undefined for inputs that are dropped. */
export function rowsInBlocks(
  conditioning: BlockConditioning,
  inputs: readonly ConditioningInput[],
  numFrames: number,
  size: number,
): (Float32Array | undefined)[] {
  const all = inputs.map(({ dim, rateHz }) => new Float32Array(((numFrames * rateHz) / 16_000) * dim));
  const isFed = inputs.map(() => false);
  for (let at = 0; at < numFrames; at += size) {
    const count = Math.min(size, numFrames - at);
    const block = conditioning.block(count);
    for (const [i, { dim, rateHz }] of inputs.entries()) {
      const frames = block[i];
      if (frames === undefined) continue;
      isFed[i] = true;
      const [from, length] = [at, count].map((samples) => ((samples * rateHz) / 16_000) * dim);
      all[i]!.set(frames.subarray(0, length), from);
    }
  }
  return all.map((values, i) => (isFed[i] ? values : undefined));
}
