import type { Bundle } from './types.js';

/** Layers by the recurrence that a fast stepper runs them with. The reference runs S4 as rank 1 always. */
export interface SsmPaths {
  /** S4D, and S4 with the tensors `ssm.modes`. */
  readonly diagonal: number;
  /** S4 without them: diagonal plus rank 1. */
  readonly rankOne: number;
}

/** Counts the layers of a bundle. Of a model that no stepper runs: none of either. */
export function ssmPaths({ tensors }: Pick<Bundle, 'tensors'>): SsmPaths {
  let diagonal = 0;
  let rankOne = 0;
  for (const name of tensors.keys()) {
    if (!name.endsWith('.s4.ssm.a')) continue;
    const layer = name.slice(0, -'a'.length);
    if (tensors.has(`${layer}p`) && !tensors.has(`${layer}modes.a`)) rankOne++;
    else diagonal++;
  }
  return { diagonal, rankOne };
}
