import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../graph/index.js';
import { bundleNamesOf } from '../engine/bundle-names.js';
import { bundleFolder } from '../engine/model-streams.js';
import type { TakeBundle, TakeEntry } from './format.js';

/** Names and bytes of all files of a bundle, by name. Throws the system's error. */
export function hashBundle(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** As a patch names it; undefined for what is not there: the engine tells. */
export function bundleNamed(name: string): TakeBundle | undefined {
  try {
    return { name, sha256: hashBundle(bundleFolder(name)) };
  } catch {
    return undefined;
  }
}

/** The bundles that the patches of a take play with, as they come in. Reads files. */
export class TakeBundles {
  /** By name: what was told, and when its files were written last. */
  readonly #told = new Map<string, { readonly sha256: string; readonly changed: string }>();

  /** Those of a patch that were not told yet, or are others now. */
  newOf(patch: Patch): TakeBundle[] {
    return [...new Set(bundleNamesOf(patch))].flatMap((name) => {
      const changed = changedAt(bundleFolder(name));
      const told = this.#told.get(name);
      if (told?.changed === changed) return [];
      const bundle = bundleNamed(name);
      if (bundle === undefined) return [];
      this.#told.set(name, { sha256: bundle.sha256, changed });
      return told?.sha256 === bundle.sha256 ? [] : [bundle];
    });
  }

  /** The same entries, each that brings a patch after entries for its new bundles. */
  tell(entries: readonly TakeEntry[]): TakeEntry[] {
    return entries.flatMap((entry) => {
      const patch = patchOf(entry);
      const { frame } = entry;
      const bundles = patch === undefined ? [] : this.newOf(patch);
      return [...bundles.map((bundle) => ({ kind: 'bundle', frame, ...bundle }) as const), entry];
    });
  }
}

function patchOf(entry: TakeEntry): Patch | undefined {
  switch (entry.kind) {
    case 'patch':
    case 'edit':
    case 'rebuilt':
      return entry.patch;
    case 'voice':
      return entry.order.patch;
    default:
      return undefined;
  }
}

/** Of what is in a folder; empty where that cannot be told. */
function changedAt(folder: string): string {
  try {
    return readdirSync(folder)
      .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)
      .join();
  } catch {
    return '';
  }
}
