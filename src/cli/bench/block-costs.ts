/** What consecutive blocks cost: the same blocks of the same sound, made over and over. */
import { largest, mean, median } from './order-statistics.js';

/** `step` makes one block; `restart` goes back to the first, so that block i is the same work in every repeat. */
export interface BlockWork {
  restart(): void;
  step(): void;
}

/** Milliseconds by repeat, then by block. */
export type BlockCosts = readonly Float64Array[];

/** Times each block by itself, and reads the clock once per block. */
export function measureBlocks(work: BlockWork, numBlocks: number, repeats: number): BlockCosts {
  return Array.from({ length: repeats }, () => {
    const costsMs = new Float64Array(numBlocks);
    work.restart();
    let beforeMs = performance.now();
    for (let block = 0; block < numBlocks; block++) {
      work.step();
      const afterMs = performance.now();
      costsMs[block] = afterMs - beforeMs;
      beforeMs = afterMs;
    }
    return costsMs;
  });
}

export interface BlockFigures {
  readonly blockFrames: number;
  readonly meanMs: number;
  /** The slowest block of all repeats, whatever came between. */
  readonly worstMs: number;
  /** Its time over its duration: above 1, it would have been late without look-ahead. */
  readonly worstBlock: number;
  /**
   * The same of the blocks at their fastest repeat: what the model itself makes uneven, without what the system
   * took from one repeat or another.
   */
  readonly ownWorstMs: number;
  readonly ownWorstBlock: number;
  /** Seconds of sound per second of one core: the middle repeat, and the slowest. */
  readonly realTimeFactor: number;
  readonly slowestRealTimeFactor: number;
}

/** `sampleRate` in Hz, of the model. */
export function summariseBlocks(costs: BlockCosts, blockFrames: number, sampleRate: number): BlockFigures {
  const blockMs = (blockFrames * 1000) / sampleRate;
  const meansMs = costs.map(mean);
  const worstMs = Math.max(...costs.map(largest));
  const ownWorstMs = largest(fastestOfEach(costs));
  return {
    blockFrames,
    meanMs: median(meansMs),
    worstMs,
    worstBlock: worstMs / blockMs,
    ownWorstMs,
    ownWorstBlock: ownWorstMs / blockMs,
    realTimeFactor: blockMs / median(meansMs),
    slowestRealTimeFactor: blockMs / largest(meansMs),
  };
}

/** Every block at its fastest repeat, ms. */
export function fastestOfEach(costs: BlockCosts): Float64Array {
  return Float64Array.from(costs[0] ?? [], (_, block) => Math.min(...costs.map((repeat) => repeat[block]!)));
}
