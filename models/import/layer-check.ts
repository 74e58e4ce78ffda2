import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { kernelDifference } from './kernel-check.js';
import type { LayerPath } from './layer-modes.js';
import { type S4Parameters, transform } from './s4-parameters.js';
import { spectralRadius } from './stability.js';

/** What was found about one S4 layer of an import. */
export interface LayerCheck {
  /** `blocks.up.0.1`. */
  readonly layer: string;
  /** Kernel by recurrence against kernel by parameters, relative to the kernel's spectrum; the worst channel looked at. */
  readonly kernelDifference: number;
  /** Of the step; the largest of the channels looked at. */
  readonly spectralRadius: number;
  /** Of S4 alone. */
  readonly path?: LayerPath;
}

/** Channels of a layer whose stability is measured, beside those with the shortest and the longest time step. */
const MORE_CHANNELS = 6;

/**
 * Checks one layer on a few of its channels. Among channels that share an SSM, the time step is all that differs, so
 * that those with the shortest and the longest bound the others.
 */
export function checkLayer(
  layer: string,
  parameters: S4Parameters,
  tensors: ReadonlyMap<string, Tensor>,
  ssm: SashimiArchitecture['ssm'],
  path?: LayerPath,
): LayerCheck {
  const { inv_dt } = parameters;
  const width = inv_dt.length;
  const steps = Array.from(inv_dt, (value) => transform(ssm.dtTransform, value));
  const shortest = steps.indexOf(Math.min(...steps));
  const longest = steps.indexOf(Math.max(...steps));
  const channels = new Set([shortest, longest]);
  for (let i = 0; i < MORE_CHANNELS; i++) channels.add(Math.floor((i * width) / MORE_CHANNELS));
  const radii = [...channels].map((h) => spectralRadius(tensors, Math.max(0, h), ssm.conjugatePairs));
  return {
    layer,
    kernelDifference: kernelDifference(parameters, tensors, ssm, Math.max(0, longest)),
    spectralRadius: Math.max(...radii),
    ...(path === undefined ? {} : { path }),
  };
}
