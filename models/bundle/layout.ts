import type { ConditioningInput, SashimiArchitecture } from './types.js';

/** A tensor that a bundle of some architecture has, in the order of docs/bundle-format.md. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** The trained SSM parameters are kept for converters; no stepper needs them. */
  readonly optional: boolean;
}

/** Width H_k of a tier; tier 0 is the audio rate. */
export function tierWidth(architecture: SashimiArchitecture, tier: number): number {
  return architecture.dModel * architecture.expand ** tier;
}

/** Frames of tier 0 per frame of the deepest tier. */
export function totalPool({ pool }: SashimiArchitecture): number {
  return pool.reduce((product, size) => product * size, 1);
}

/** Number of SSMs that the channels of a layer share; a layer narrower than `numSsm` has one per channel. */
export function sharedSsms(architecture: SashimiArchitecture, width: number): number {
  return Math.min(architecture.ssm.numSsm, width);
}

/** Slots per channel of the diagonal form of S4 layers; N where all modes are pairs. */
export function modeSlots({ ssm }: SashimiArchitecture): number {
  return ssm.modeSlots ?? ssm.conjugatePairs;
}

/** Why no stepper can run the model one frame at a time, as a clause; undefined when one can. */
export function whyNotRecurrent(architecture: SashimiArchitecture): string | undefined {
  if (architecture.family !== 'sashimi') return 'a diffusion model, which makes a whole clip at once';
  if (architecture.bidirectional) return 'a bidirectional model, which has no recurrent form';
  return undefined;
}

/**
 * Tensors of a model that no stepper runs are kept as the checkpoint has them, under `checkpoint.` and their own names:
 * whatever generates from it later wants the trained parameters, not step coefficients.
 */
export const CHECKPOINT_PREFIX = 'checkpoint.';

/** Tensors of conditioning inputs: `cond.NAME.TIER.weight` projects a frame, `cond.NAME.TIER.dropped` stands for a missing one. */
export const CONDITIONING_PREFIX = 'cond.';

/** Whether the tensor is a matrix that may be quantised: all else (norms, biases, SSM, D, conditioning) is float32. */
export function isMatrix({ name, shape }: Pick<TensorSpec, 'name' | 'shape'>): boolean {
  return name.endsWith('.weight') && shape.length === 2 && !name.startsWith(CONDITIONING_PREFIX);
}

/** Name prefix of pair `pair` on the way up at `tier`; the deepest tier is the centre. */
export function blockPrefix(architecture: SashimiArchitecture, tier: number, pair: number): string {
  return tier === architecture.pool.length ? `blocks.center.${pair}` : `blocks.up.${tier}.${pair}`;
}

/**
 * Every tensor of a bundle. `load.ts` checks files against it, `write.ts` writes in its order,
 * and importers fill it, so the list of names and shapes exists once.
 */
export function tensorLayout(
  architecture: SashimiArchitecture,
  levels: number,
  conditioning: readonly ConditioningInput[] = [],
): TensorSpec[] {
  const { dModel, pool } = architecture;
  const specs: TensorSpec[] = [spec('embedding.weight', levels, dModel)];
  for (const { name, dim } of conditioning) {
    for (let tier = 0; tier <= pool.length; tier++) {
      const width = tierWidth(architecture, tier);
      const prefix = `${CONDITIONING_PREFIX}${name}.${tier}`;
      specs.push(spec(`${prefix}.weight`, width, dim), spec(`${prefix}.dropped`, width));
    }
  }
  for (let tier = 0; tier < pool.length; tier++) {
    const width = tierWidth(architecture, tier);
    const deeper = tierWidth(architecture, tier + 1);
    const windowWidth = width * pool[tier]!;
    specs.push(
      ...linear(`pool.down.${tier}`, deeper, windowWidth),
      ...linear(`pool.up.${tier}`, windowWidth, deeper),
    );
  }
  for (let tier = 0; tier <= pool.length; tier++) {
    for (let pair = 0; pair < architecture.numLayers; pair++) {
      specs.push(...blockPair(blockPrefix(architecture, tier, pair), architecture, tier));
      if (architecture.unet && tier < pool.length) {
        specs.push(...blockPair(`blocks.down.${tier}.${pair}`, architecture, tier));
      }
    }
  }
  specs.push(spec('norm.weight', dModel), spec('norm.bias', dModel), ...linear('decoder', levels, dModel));
  return specs;
}

function blockPair(prefix: string, architecture: SashimiArchitecture, tier: number): TensorSpec[] {
  const width = tierWidth(architecture, tier);
  const inner = width * architecture.ff;
  const outputs = architecture.outputActivation === 'glu' ? 2 * width : width;
  return [
    ...blockNorm(`${prefix}.s4.norm`, architecture, width),
    ...ssm(`${prefix}.s4`, architecture, width),
    spec(`${prefix}.s4.D`, width),
    ...linear(`${prefix}.s4.out`, outputs, width),
    ...blockNorm(`${prefix}.ff.norm`, architecture, width),
    ...linear(`${prefix}.ff.in`, inner, width),
    ...linear(`${prefix}.ff.out`, width, inner),
  ];
}

function ssm(prefix: string, architecture: SashimiArchitecture, width: number): TensorSpec[] {
  const { kind, conjugatePairs: pairs } = architecture.ssm;
  const numSsm = sharedSsms(architecture, width);
  const coefficients = kind === 's4' ? ['a', 'b', 'p', 'q', 'c'] : ['a', 'c'];
  const extras: TensorSpec[] = [
    optional(`${prefix}.trained.inv_dt`, width, 1),
    optional(`${prefix}.trained.A_real`, numSsm, pairs),
    optional(`${prefix}.trained.A_imag`, numSsm, pairs),
    optional(`${prefix}.trained.B`, 1, numSsm, pairs, 2),
    optional(`${prefix}.trained.C`, 1, width, pairs, 2),
  ];
  if (kind === 's4') {
    extras.push(
      // The same filter as a diagonal recurrence, where the import found one that is as exact.
      optional(`${prefix}.ssm.modes.a`, width, modeSlots(architecture), 2),
      optional(`${prefix}.ssm.modes.c`, width, modeSlots(architecture), 2),
      optional(`${prefix}.trained.P`, 1, numSsm, pairs, 2),
      // Only where it is not conj(P): the oldest checkpoints trained it freely.
      optional(`${prefix}.trained.Q`, 1, numSsm, pairs, 2),
    );
  }
  return [...coefficients.map((name) => spec(`${prefix}.ssm.${name}`, width, pairs, 2)), ...extras];
}

function blockNorm(prefix: string, architecture: SashimiArchitecture, width: number): TensorSpec[] {
  return architecture.norm === 'layer'
    ? [spec(`${prefix}.weight`, width), spec(`${prefix}.bias`, width)]
    : [spec(`${prefix}.m`, 1), spec(`${prefix}.s`, 1)];
}

function linear(prefix: string, outputs: number, inputs: number): TensorSpec[] {
  return [spec(`${prefix}.weight`, outputs, inputs), spec(`${prefix}.bias`, outputs)];
}

function spec(name: string, ...shape: number[]): TensorSpec {
  return { name, shape, optional: false };
}

function optional(name: string, ...shape: number[]): TensorSpec {
  return { name, shape, optional: true };
}
