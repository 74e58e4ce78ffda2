import type { AudioBlock } from '../graph/index.js';

/** The block that a node fills anew every tick: allocate one when the node is subscribed, never per tick. */
export function createAudioBlock(channels: number, maxBlockFrames: number): AudioBlock {
  return { channels: Array.from({ length: channels }, () => new Float32Array(maxBlockFrames)) };
}
