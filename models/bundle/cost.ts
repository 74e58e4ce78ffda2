import { blockPrefix, modeSlots, sharedSsms, tierWidth, whyNotRecurrent } from './layout.js';
import type { Bundle, SashimiArchitecture } from './types.js';

/** One tier of a model, as arithmetic sees it. */
export interface TierCost {
  readonly tier: number;
  readonly width: number;
  /** Steps of this tier per second. */
  readonly rateHz: number;
  /** Multiply-adds of one step, pools to the next tier included, conditioning not. */
  readonly stepMacs: number;
}

export interface ModelCost {
  /**
   * Trained numbers as the official code counts them (one set of SSM parameters for the channels that share it), but
   * for the magnitudes of weight-normed pools, which an import folds in.
   */
  readonly parameters: number;
  readonly weightBytes: number;
  /** Recurrent state of one voice, float32. */
  readonly stateBytes: number;
  readonly tiers: readonly TierCost[];
  /** Multiply-adds of projecting conditioning frames, per sample, in the mean: each once per tier, or once per step of it. */
  readonly conditioningMacsPerSample: number;
  /**
   * Multiply-adds per sample of sound, conditioning included: in the mean, and at worst, when all tiers step at once, each
   * with new frames.
   */
  readonly macsPerSample: number;
  readonly worstMacs: number;
}

/** What a model costs where speed counts, from its sizes and from which of its S4 layers have a diagonal form. */
export function modelCost({ manifest, tensors }: Bundle): ModelCost {
  const { architecture, conditioning, quantiser, sampleRate } = manifest;
  const decoder = quantiser.levels * architecture.dModel;
  const tiers: TierCost[] = [];
  let framesPerStep = 1;
  let macsPerSample = decoder;
  let worstMacs = decoder;
  let conditioningMacsPerSample = 0;
  for (let tier = 0; tier <= architecture.pool.length; tier++) {
    const stepMacs = tierMacs(architecture, tier, tensors);
    tiers.push({ tier, width: tierWidth(architecture, tier), rateHz: sampleRate / framesPerStep, stepMacs });
    macsPerSample += stepMacs / framesPerStep;
    worstMacs += stepMacs;
    for (const { dim, rateHz } of conditioning) {
      const macs = tierWidth(architecture, tier) * dim;
      conditioningMacsPerSample += macs * Math.min(1 / framesPerStep, rateHz / sampleRate);
      worstMacs += macs;
    }
    framesPerStep *= architecture.pool[tier] ?? 1;
  }
  return {
    parameters: countParameters(architecture, tensors),
    weightBytes: manifest.weights.bytes,
    stateBytes: stateValues(architecture, tensors) * Float32Array.BYTES_PER_ELEMENT,
    tiers,
    conditioningMacsPerSample: Math.round(conditioningMacsPerSample),
    macsPerSample: Math.round(macsPerSample + conditioningMacsPerSample),
    worstMacs,
  };
}

/** The S4 layers of a tier, by name: on the way up, and in a unet on the way down too. */
function layersOf(architecture: SashimiArchitecture, tier: number): string[] {
  const pairs = [...Array(architecture.numLayers).keys()];
  const down = architecture.unet && tier < architecture.pool.length ? pairs : [];
  return [
    ...pairs.map((i) => `${blockPrefix(architecture, tier, i)}.s4`),
    ...down.map((i) => `blocks.down.${tier}.${i}.s4`),
  ];
}

function isDiagonal(architecture: SashimiArchitecture, layer: string, tensors: Bundle['tensors']): boolean {
  return architecture.ssm.kind === 's4d' || tensors.has(`${layer}.ssm.modes.a`);
}

/** Complex numbers per channel that a layer remembers. */
function slotsOf(architecture: SashimiArchitecture, layer: string, tensors: Bundle['tensors']): number {
  const hasModes = tensors.has(`${layer}.ssm.modes.a`);
  return hasModes ? modeSlots(architecture) : architecture.ssm.conjugatePairs;
}

function tierMacs(architecture: SashimiArchitecture, tier: number, tensors: Bundle['tensors']): number {
  const width = tierWidth(architecture, tier);
  const outputs = architecture.outputActivation === 'glu' ? 2 : 1;
  const matrices = width * width * (outputs + 2 * architecture.ff);
  let macs = 0;
  for (const layer of layersOf(architecture, tier)) {
    // A complex product has four multiply-adds, its real part two; diagonal: a x, c x; rank 1: q x, a x, p s, b u, c x.
    const perSlot = isDiagonal(architecture, layer, tensors) ? 6 : 12;
    macs += width * slotsOf(architecture, layer, tensors) * perSlot + matrices;
  }
  const pool = architecture.pool[tier];
  // One window per step of the deeper tier: spread over this tier's steps.
  return macs + (pool === undefined ? 0 : 2 * width * tierWidth(architecture, tier + 1));
}

function stateValues(architecture: SashimiArchitecture, tensors: Bundle['tensors']): number {
  let values = 0;
  for (let tier = 0; tier <= architecture.pool.length; tier++) {
    const width = tierWidth(architecture, tier);
    values += 2 * width * (architecture.pool[tier] ?? 0);
    for (const layer of layersOf(architecture, tier))
      values += 2 * width * slotsOf(architecture, layer, tensors);
  }
  return values;
}

function countParameters(architecture: SashimiArchitecture, tensors: Bundle['tensors']): number {
  const isKept = whyNotRecurrent(architecture) !== undefined;
  let count = 0;
  for (const [name, { data, shape }] of tensors) {
    if (isKept) {
      if (!/\.(l_kernel|L|omega|z)$/.test(name)) count += data.length;
    } else if (name.includes('.ssm.')) {
      // Step coefficients are made of the trained ones: C per channel, the rest per SSM.
      if (name.endsWith('.ssm.c')) count += trainedSsm(architecture, shape[0]!);
    } else if (!name.includes('.trained.')) {
      count += data.length;
    }
  }
  return count;
}

/** dt and C per channel; A, B and, for s4, P per SSM. */
function trainedSsm(architecture: SashimiArchitecture, width: number): number {
  const { conjugatePairs, kind } = architecture.ssm;
  const perSsm = conjugatePairs * (kind === 's4' ? 6 : 4);
  return width * (1 + 2 * conjugatePairs) + sharedSsms(architecture, width) * perSsm;
}
