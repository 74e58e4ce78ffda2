import type { Bundle, Sampling } from '../../../models/index.js';

export interface SamplingWish {
  /** Default: those of the bundle. */
  readonly temperature?: number;
  readonly topP?: number;
}

export function bundleSampling({ manifest }: Bundle, { temperature, topP }: SamplingWish): Sampling {
  const { sampling } = manifest;
  return { ...sampling, temperature: temperature ?? sampling.temperature, topP: topP ?? sampling.topP };
}
