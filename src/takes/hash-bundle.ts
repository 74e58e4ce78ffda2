import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../graph/index.js';
import { bundleNamesOf } from '../engine/bundle-names.js';
import { bundleFolder } from '../engine/model-streams.js';
import type { TakeBundle } from './format.js';

/** Names and bytes of all files of a bundle, by name. Throws the system's error. */
export function hashBundle(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Of every bundle that a patch names, each once; what is not there is left out: the engine tells. */
export function bundlesOf(patch: Patch): TakeBundle[] {
  return [...new Set(bundleNamesOf(patch))].flatMap((name) => {
    try {
      return [{ name, sha256: hashBundle(bundleFolder(name)) }];
    } catch {
      return [];
    }
  });
}
