import type { Patch } from '../../graph/index.js';
import { bundleNamesOf } from '../engine/bundle-names.js';
import { bundleFolder } from '../engine/model-streams.js';
import { type BundleNeed, planSteppers, type SteppersPlanned } from '../self-test/index.js';
import type { PlayOptions } from './play-options.js';

/**
 * What `auto` stands for in a patch. Undefined for a stepper by name. A first start measures what was not measured here before;
 * a restart does not, since somebody waits for sound.
 */
export async function steppersFor(
  { stepper, selfTest }: PlayOptions,
  patch: Patch,
  restarts: number,
): Promise<SteppersPlanned | undefined> {
  if (stepper !== 'auto') return undefined;
  const mode = selfTest ? 'again' : 'measure';
  return planSteppers(needsOf(patch), restarts === 0 ? mode : 'kept');
}

/** The bundles of a patch, each once. */
export function needsOf(patch: Patch): readonly BundleNeed[] {
  const names = bundleNamesOf(patch);
  return [...new Set(names)].map((name) => ({
    name,
    folder: bundleFolder(name),
    voices: names.filter((each) => each === name).length,
  }));
}
