import { ALL_TIERS, slowTiers, type TierMask } from '../../models/index.js';
import { NodeError } from '../errors.js';

/** `all`, `slow` (all but the fastest) or numbers, the fastest being 0. Throws NODE_ARGUMENT. */
export function tiersOf(words: string, numTiers: number): TierMask {
  const text = words.trim().toLowerCase();
  if (text === 'all') return ALL_TIERS;
  if (text === 'slow') return slowTiers(numTiers);
  let mask = 0;
  for (const word of text.split(/[\s,]+/)) {
    const tier = /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
    if (!(tier < numTiers)) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `tiers are "all", "slow" or numbers from 0 to ${numTiers - 1} but were "${words.slice(0, 80)}"`,
      );
    }
    mask |= 1 << tier;
  }
  return mask >>> 0;
}
