import type { Patch } from '../../graph/index.js';

/** The sentence that every file carries: that models made it, which ones, and from what. */
export function provenanceOf(patch: Patch, presetName: string, seed: number): string {
  const bundles = new Set<string>();
  for (const { settings } of patch.nodes) {
    for (const bundle of [settings.bundle, settings.bundleA, settings.bundleB]) {
      if (typeof bundle === 'string') bundles.add(bundle);
    }
  }
  const models = bundles.size === 0 ? 'sashimi-live' : `neural audio models (${[...bundles].join(', ')})`;
  return `Made by ${models}; preset ${presetName}, seed ${seed}.`;
}
