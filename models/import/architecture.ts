import type { SashimiArchitecture } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { ConfigLookup } from './config.js';
import type { Keys } from './keys.js';
import type { Backbone, Pair, TierModules } from './modules.js';
import { chooseTransforms, findSsm, type SsmNames, ssmSizes } from './ssm-parameters.js';

/** Four times those of the official configurations. Undoing C~ costs the third power of them. */
const MAX_PAIRS = 128;

/** What the shapes of an official backbone say, checked against what the configuration says. */
export interface InferredModel {
  readonly architecture: SashimiArchitecture;
  readonly tiers: readonly TierModules[];
  readonly ssm: SsmNames;
  /** Of the one-file model (models/sashimi/sashimi.py), not of the training repository. */
  readonly isStandalone: boolean;
}

/** Reads sizes off the shapes; transforms, which no shape shows, off the configuration. Throws MODEL_CHECKPOINT_*. */
export function inferModel(
  keys: Keys,
  backbone: Backbone,
  tiers: readonly TierModules[],
  lookup: ConfigLookup,
): InferredModel {
  const centre = tiers.at(-1)!;
  const first = centre.up[0];
  if (first === undefined) {
    throw new ModelError(
      'MODEL_CHECKPOINT_KEYS',
      `Expected S4 blocks in ${backbone.prefix}c_layers but there are none.`,
    );
  }
  const ssm = findSsm(keys, first.s4);
  const { pool, expand, dModel, width } = poolSizes(keys, tiers, ssm);
  const unet = tiers.some(({ down }) => down.length > 0);
  const numLayers = centre.up.length;
  checkPairs(tiers, numLayers, unet);
  const { pairs, shared } = ssmSizes(keys, ssm);
  if (pairs > MAX_PAIRS)
    unsupported(`of ${pairs} conjugate pairs per channel; at most ${MAX_PAIRS} are read`);
  const channels = keys.size(`${ssm.kernel}C`, 0);
  if (channels > 2) unsupported(`of ${channels} channels per S4 layer; only 1 is read`);
  // Without n_ssm every channel has its own: the centre, as the widest tier, then shows its width here.
  lookup.agree('n_ssm', shared);
  if (lookup.value('d_state') !== undefined) lookup.agree('d_state', 2 * pairs);
  const outputs = keys.matrixShape(outputLayer(keys, first.s4)).outputs;
  const isStandalone =
    hasLayerNorm(keys, first.s4) && !tiers.some(({ pools }) => pools && keys.isWeightNormed(pools.down));
  const architecture: SashimiArchitecture = {
    family: 'sashimi',
    dModel: lookup.agree('d_model', dModel),
    numLayers: lookup.agree('n_layers', numLayers),
    pool: lookup.agree('pool', pool),
    expand: pool.length > 0 ? lookup.agree('expand', expand) : expand,
    ff: lookup.agree('ff', ffRatio(keys, tiers)),
    unet: lookup.agree('unet', unet),
    bidirectional: lookup.agree('bidirectional', channels === 2),
    norm: hasLayerNorm(keys, first.s4) ? 'layer' : 'scalar',
    outputActivation: outputs === 2 * width ? 'glu' : 'none',
    ssm: {
      kind: ssm.kind,
      conjugatePairs: pairs,
      numSsm: shared,
      ...chooseTransforms(ssm, isStandalone, lookup),
    },
  };
  return { architecture, tiers, ssm, isStandalone };
}

/** The residual block's norm: LayerNorm has a weight; the training repository's TransposedLN has m and s. */
export function hasLayerNorm(keys: Keys, block: string): boolean {
  return normLayer(keys, block) !== undefined;
}

/** Path of the block's LayerNorm, or undefined for the scalar norm. */
export function normLayer(keys: Keys, block: string): string | undefined {
  return [`${block}.norm`, `${block}.norm.norm`, `${block}.norm.norm.ln`].find((path) =>
    keys.has(`${path}.weight`),
  );
}

/** Path of the matrix after the SSM: inside a Sequential with its activation (GLU), or alone. */
export function outputLayer(keys: Keys, s4: string): string {
  const alone = `${s4}.layer.output_linear`;
  return keys.hasUnder(`${alone}.0.`) ? `${alone}.0` : alone;
}

/** Widths and pool factors from the matrices of the down-pools: (deeper, width * factor). */
function poolSizes(keys: Keys, tiers: readonly TierModules[], ssm: SsmNames) {
  const centreWidth = keys.get(ssm.skip).shape.reduce((product, size) => product * size, 1);
  const pool: number[] = [];
  const expansions = new Set<number>();
  let width = centreWidth;
  for (const { pools } of tiers.toReversed()) {
    if (pools === undefined) continue;
    const down = keys.matrixShape(`${pools.down}.linear`);
    const up = keys.matrixShape(`${pools.up}.linear`);
    // Down: (deeper, upper * factor); up: (upper * factor, deeper). The factor is what the widths leave over.
    if (down.outputs !== width || up.inputs !== width || down.inputs !== up.outputs) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected pools to and from ${width} channels but ${pools.down} is (${down.outputs}, ${down.inputs}) and ${pools.up} is (${up.outputs}, ${up.inputs}).`,
      );
    }
    const upper = upperWidth(keys, tiers, pools);
    pool.unshift(down.inputs / upper);
    expansions.add(width / upper);
    width = upper;
  }
  const [expand = 1] = expansions;
  const isWhole = [...pool, ...expansions].every((value) => Number.isInteger(value) && value >= 1);
  if (!isWhole || expansions.size > 1) {
    throw new ModelError(
      'MODEL_TENSOR_SHAPE',
      `Expected one whole factor between the widths of the tiers but received ${[...expansions].join(', ')}, and pools of ${pool.join(', ')}.`,
    );
  }
  return { pool, expand, dModel: width, width: centreWidth };
}

/** Width of the tier that these pools belong to, as its S4 blocks on the way up show it. */
function upperWidth(keys: Keys, tiers: readonly TierModules[], pools: { down: string; up: string }): number {
  const tier = tiers.find((candidate) => candidate.pools === pools)!;
  const [pair] = tier.up;
  if (pair === undefined) {
    throw new ModelError('MODEL_CHECKPOINT_KEYS', `Expected S4 blocks after ${pools.up} but there are none.`);
  }
  return keys.get(findSsm(keys, pair.s4).skip).shape.reduce((product, size) => product * size, 1);
}

function checkPairs(tiers: readonly TierModules[], numLayers: number, unet: boolean): void {
  for (const [k, { up, down, pools }] of tiers.entries()) {
    const expectedDown = unet && pools ? numLayers : 0;
    if (up.length !== numLayers || down.length !== expectedDown) {
      throw new ModelError(
        'MODEL_CHECKPOINT_KEYS',
        `Expected ${numLayers} S4 blocks on each way of each tier, as the centre has, but tier ${k} has ${up.length} up and ${down.length} down.`,
      );
    }
  }
}

/** Inner width of the feed-forward blocks over the tier's; 1 where there are none. */
function ffRatio(keys: Keys, tiers: readonly TierModules[]): number {
  const ff = tiers.flatMap(({ up }) => up).find((pair: Pair) => pair.ff !== undefined)?.ff;
  if (ff === undefined) return 1;
  const { outputs, inputs } = keys.matrixShape(`${ff}.layer.ff.0.0`);
  return outputs / inputs;
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The checkpoint is ${what}.`);
}
