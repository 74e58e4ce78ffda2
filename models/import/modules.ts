import { ModelError } from '../errors.js';
import type { Keys } from './keys.js';

/** A module of the backbone's lists: an S4 block, a feed-forward block, or a pool. `path` ends without a dot. */
export interface Module {
  readonly kind: 's4' | 'ff' | 'pool';
  readonly path: string;
}

/** The three lists of an official backbone, in order. */
export interface Backbone {
  /** What the names of the backbone begin with: `model.`, or nothing. */
  readonly prefix: string;
  /** What those of embedding and decoder begin with: what is left of `prefix` without `model.`. */
  readonly outerPrefix: string;
  readonly down: readonly Module[];
  readonly center: readonly Module[];
  readonly up: readonly Module[];
}

/** One S4 block with the feed-forward block after it; some unets have none in the centre. */
export interface Pair {
  readonly s4: string;
  readonly ff: string | undefined;
}

/** A backbone by tiers: tier k is pooled `pool.down` into tier k + 1; the last has no pools. */
export interface TierModules {
  readonly down: readonly Pair[];
  readonly up: readonly Pair[];
  readonly pools: { readonly down: string; readonly up: string } | undefined;
}

/** Undefined when the checkpoint has no list of centre layers, which every SaShiMi has. */
export function findBackbone(keys: Keys): Backbone | undefined {
  const centre = keys.all().find((key) => /(^|\.)c_layers\.0\./.test(key));
  if (centre === undefined) return undefined;
  const prefix = centre.slice(0, centre.search(/c_layers\.0\./));
  return {
    prefix,
    outerPrefix: prefix.replace(/model\.$/, ''),
    down: listModules(keys, `${prefix}d_layers`),
    center: listModules(keys, `${prefix}c_layers`),
    up: listModules(keys, `${prefix}u_layers`),
  };
}

/**
 * The modules of a list. The up list is nested in `sashimi.py` (a list per tier: `u_layers.0.1.`)
 * and flat in `unet.py` (`u_layers.1.`); both come out as one list.
 */
function listModules(keys: Keys, list: string): Module[] {
  const paths = new Map<string, [number, number]>();
  const pattern = new RegExp(`^${list.replaceAll('.', '\\.')}\\.(\\d{1,4})\\.(?:(\\d{1,4})\\.)?`);
  for (const key of keys.all()) {
    const match = pattern.exec(key);
    if (match) paths.set(match[0].slice(0, -1), [Number(match[1]), Number(match[2] ?? -1)]);
  }
  return [...paths]
    .sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])
    .map(([path]) => ({ path, kind: kindOf(keys, path) }));
}

function kindOf(keys: Keys, path: string): Module['kind'] {
  if (keys.hasUnder(`${path}.linear.`)) return 'pool';
  if (keys.hasUnder(`${path}.layer.ff.`)) return 'ff';
  if (keys.hasUnder(`${path}.layer.layer.kernel.`) || keys.hasUnder(`${path}.layer.kernel.`)) return 's4';
  throw new ModelError(
    'MODEL_DIALECT',
    `Expected ${path} to be an S4 block, a feed-forward block or a pool, but it has the parameters of none of them.`,
  );
}

/** Sorts the modules into tiers, and says which one breaks the order that SaShiMi has. */
export function tiersOf(backbone: Backbone): TierModules[] {
  const down = splitAtPools(backbone.down, 'last');
  const up = splitAtPools(backbone.up, 'first').reverse();
  if (down.length !== up.length) {
    throw new ModelError(
      'MODEL_CHECKPOINT_KEYS',
      `Expected as many up-pools as down-pools but the checkpoint has ${up.length} and ${down.length}.`,
    );
  }
  const tiers: TierModules[] = down.map(({ pool, blocks }, k) => ({
    down: pairsOf(blocks),
    up: pairsOf(up[k]!.blocks),
    pools: { down: pool, up: up[k]!.pool },
  }));
  return [...tiers, { down: [], up: pairsOf(backbone.center), pools: undefined }];
}

/** Runs of blocks, each with the pool that ends it (`last`, on the way down) or begins it (`first`, on the way up). */
function splitAtPools(
  modules: readonly Module[],
  poolIs: 'first' | 'last',
): { pool: string; blocks: Module[] }[] {
  const groups: { pool: string; blocks: Module[] }[] = [];
  const ordered = poolIs === 'first' ? modules : modules.toReversed();
  for (const module of ordered) {
    if (module.kind === 'pool') groups.push({ pool: module.path, blocks: [] });
    else if (groups.length > 0) groups.at(-1)!.blocks.push(module);
    else misplaced(module);
  }
  if (poolIs === 'first') return groups;
  return groups.reverse().map(({ pool, blocks }) => ({ pool, blocks: blocks.reverse() }));
}

function pairsOf(blocks: readonly Module[]): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]!;
    if (block.kind !== 's4') misplaced(block);
    const next = blocks[i + 1];
    const ff = next?.kind === 'ff' ? next.path : undefined;
    if (ff !== undefined) i++;
    pairs.push({ s4: block.path, ff });
  }
  return pairs;
}

function misplaced(module: Module): never {
  throw new ModelError(
    'MODEL_CHECKPOINT_KEYS',
    `Expected S4 and feed-forward blocks in turn, between the pools, but ${module.path} is out of place.`,
  );
}
