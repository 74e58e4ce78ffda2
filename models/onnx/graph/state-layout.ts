import { modeSlots, tierWidth } from '../../bundle/layout.js';
import type { Bundle, SashimiArchitecture } from '../../bundle/types.js';

/** One float32 tensor of a stream's state: input NAME and output `NAME.next` of every graph. */
export interface StateTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Of a model as much as its state depends on: how wide it is, and which tiers run as diagonal. */
export interface StateModel {
  readonly architecture: SashimiArchitecture;
  has(tensor: string): boolean;
}

export function stateModel({ manifest, tensors }: Bundle): StateModel {
  return { architecture: manifest.architecture, has: (name) => tensors.has(name) };
}

/** Whether all pairs of a tier are diagonal, and so computed as such: they are computed together. */
export function isDiagonalTier(model: StateModel, tier: number): boolean {
  const { architecture } = model;
  return pairPrefixes(architecture, tier).every(
    (prefix) => architecture.ssm.kind === 's4d' || model.has(`${prefix}.s4.ssm.modes.a`),
  );
}

/** Complex numbers that a channel of a tier remembers. */
function modesOf(model: StateModel, tier: number): number {
  const { ssm } = model.architecture;
  return ssm.kind === 's4' && isDiagonalTier(model, tier)
    ? modeSlots(model.architecture)
    : ssm.conjugatePairs;
}

/** Tiers, the deepest too. */
export function numTiers({ pool }: SashimiArchitecture): number {
  return pool.length + 1;
}

/** Frames of tier 0 per frame of tier k. */
export function framesPerStep({ pool }: SashimiArchitecture, tier: number): number {
  return pool.slice(0, tier).reduce((product, factor) => product * factor, 1);
}

/** Frames after which every tier has stepped a whole number of times. */
export function periodFrames(architecture: SashimiArchitecture): number {
  return framesPerStep(architecture, architecture.pool.length);
}

/** Whether a tier has blocks on the way down, too. */
export function hasDownPairs({ unet, pool }: SashimiArchitecture, tier: number): boolean {
  return unet && tier < pool.length;
}

/** Prefixes of a tier's pairs in the order in which a frame meets them: down, then up. */
export function pairPrefixes(architecture: SashimiArchitecture, tier: number): string[] {
  const pairs = Array.from({ length: architecture.numLayers }, (_, i) => i);
  if (tier === architecture.pool.length) return pairs.map((i) => `blocks.center.${i}`);
  const up = pairs.map((i) => `blocks.up.${tier}.${i}`);
  return hasDownPairs(architecture, tier) ? [...pairs.map((i) => `blocks.down.${tier}.${i}`), ...up] : up;
}

/** The state of the recurrences of a tier, real and imaginary part: (pairs, modes, H). */
export function recurrenceState(model: StateModel, tier: number): StateTensor[] {
  const { architecture } = model;
  const pairs = pairPrefixes(architecture, tier).length;
  const shape = [pairs, modesOf(model, tier), tierWidth(architecture, tier)];
  return ['re', 'im'].map((part) => ({ name: `tier.${tier}.${part}`, shape }));
}

/** What the deeper tier said last, to be played out: (pool, 1, H). */
export function queueState(architecture: SashimiArchitecture, tier: number): StateTensor {
  return { name: `queue.${tier}`, shape: [architecture.pool[tier]!, 1, tierWidth(architecture, tier)] };
}

/** What was gathered for the deeper tier since that ran: (pool, 1, H). Empty between periods, so only the step graph has it. */
export function windowState(architecture: SashimiArchitecture, tier: number): StateTensor {
  return { ...queueState(architecture, tier), name: `window.${tier}` };
}

/** The state between two periods: all that the chunk graph and the prime graph know of the past. */
export function periodState(model: StateModel): StateTensor[] {
  const { architecture } = model;
  const tiers = Array.from({ length: numTiers(architecture) }, (_, k) => k);
  return [
    ...tiers.flatMap((k) => recurrenceState(model, k)),
    ...tiers.slice(0, -1).map((k) => queueState(architecture, k)),
  ];
}

/** The state between two frames. */
export function frameState(model: StateModel): StateTensor[] {
  const { architecture } = model;
  return [...periodState(model), ...architecture.pool.map((_, k) => windowState(architecture, k))];
}

/**
 * What is added to the frames of a tier, of a model that takes conditioning: (frames of the tier, H). It is the sum over
 * the inputs of their projected frames or stand-ins, so the graphs know neither inputs nor hops.
 */
export function steeringName(tier: number): string {
  return `cond.${tier}`;
}

/** Frames that the stepper primes at once: about 256, in whole periods. Longer inputs are multiples of it. */
export function primeFrames(architecture: SashimiArchitecture): number {
  const period = periodFrames(architecture);
  return period * Math.ceil(256 / period);
}
