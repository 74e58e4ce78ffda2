import type { Patch } from '../../graph/index.js';

/** The sentence that every file carries: that models made it, which ones, and from what. */
export function provenanceOf(patch: Patch, presetName: string, seed: number): string {
  const bundles = new Set<string>();
  for (const { settings } of patch.nodes) {
    if (typeof settings.bundle === 'string') bundles.add(settings.bundle);
  }
  const models = bundles.size === 0 ? 'sashimi-live' : `neural audio models (${[...bundles].join(', ')})`;
  return `Made by ${models}; preset ${presetName}, seed ${seed}.`;
}
