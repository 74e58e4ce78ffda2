import type { Patch } from '../../graph/index.js';

/** The bundles that the nodes of a patch name, as they name them: one entry per voice that plays of it. */
export function bundleNamesOf(patch: Patch): string[] {
  return patch.nodes.flatMap(({ settings: { bundle, bundleA, bundleB } }) =>
    [bundle, bundleA, bundleB].filter((name): name is string => typeof name === 'string' && name !== ''),
  );
}
