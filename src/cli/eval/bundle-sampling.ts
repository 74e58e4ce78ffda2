import type { Bundle, Sampling } from '../../../models/index.js';

export interface SamplingWish {
  /** Default: those of the bundle. */
  readonly temperature?: number;
  readonly topP?: number;
}

/** Of commands that step a model with inputs themselves. */
export interface GuidedWish extends SamplingWish {
  /** Default: that of the bundle, else 1. */
  readonly guidance?: number;
}

/** How a model is to play: the draws, and how closely its inputs are followed. */
export interface Playing {
  readonly sampling: Sampling;
  readonly guidance: number;
}

export function bundleSampling({ manifest }: Bundle, { temperature, topP }: SamplingWish): Sampling {
  const { sampling } = manifest;
  return {
    temperature: temperature ?? sampling.temperature,
    topP: topP ?? sampling.topP,
    topK: sampling.topK,
  };
}

export function bundlePlaying(bundle: Bundle, wish: GuidedWish): Playing {
  const guidance = wish.guidance ?? bundle.manifest.sampling.guidance ?? 1;
  return { sampling: bundleSampling(bundle, wish), guidance };
}

/** What a report says first. */
export function playingText({ temperature, topP, guidance }: ToldPlaying): string {
  return `temperature ${temperature}, nucleus ${topP}${guidance === 1 ? '' : `, guidance ${guidance}`}`;
}

/** In a report. */
export interface ToldPlaying {
  readonly temperature: number;
  readonly topP: number;
  readonly guidance: number;
}

export function toldPlaying({ sampling: { temperature, topP }, guidance }: Playing): ToldPlaying {
  return { temperature, topP, guidance };
}
