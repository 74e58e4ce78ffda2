import type { Conditioning } from '../../models/index.js';

/** What a model is told over time, block after block from its first sample on. */
export interface BlockConditioning {
  /** Of the next `numFrames` samples, a multiple of 64 unless it is the last block. Borrowed until the next call. */
  block(numFrames: number): Conditioning;
}

/** Several that feed different inputs; what none of them feeds is dropped. */
export function together(parts: readonly BlockConditioning[], numInputs: number): BlockConditioning {
  return {
    block: (numFrames) => {
      const blocks = parts.map((part) => part.block(numFrames));
      return Array.from({ length: numInputs }, (_, input) =>
        blocks.map((block) => block[input]).find((frames) => frames !== undefined),
      );
    },
  };
}
