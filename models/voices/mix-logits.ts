import { ModelError } from '../errors.js';
import type { Mixing } from '../stepper.js';

/** Makes one row of logits out of several, as `Mixing` says. Sums are float64; allocates nothing after creation. */
export class LogitMixer {
  private readonly levels: number;
  private readonly isMixture: boolean;
  private readonly weights: Float64Array;
  private readonly sums: Float64Array;
  private readonly row: Float64Array;

  constructor(numMembers: number, levels: number, mixing: Mixing) {
    this.levels = levels;
    this.isMixture = mixing === 'mixture';
    this.weights = new Float64Array(numMembers).fill(1 / numMembers);
    this.sums = new Float64Array(levels);
    this.row = new Float64Array(levels);
  }

  /** (numMembers). Throws MODEL_ARGUMENT, and keeps the old ones. */
  setWeights(weights: readonly number[]): void {
    this.weights.set(mixingWeights(weights, this.weights.length, this.isMixture ? 'mixture' : 'product'));
  }

  /** Of two members: the weights 1 - blend and blend; of a mixture, `blend` is limited to 0 to 1. Allocates nothing. */
  setBlend(blend: number): void {
    const share = this.isMixture ? Math.min(1, Math.max(0, blend)) : blend;
    this.weights[0] = 1 - share;
    this.weights[1] = share;
  }

  /** `logits` (numMembers, levels), float32, finite, to `out` (levels). */
  mix(logits: readonly Float32Array[], out: Float32Array): void {
    const { levels, sums } = this;
    const alone = this.isMixture ? this.memberAlone() : -1;
    if (alone >= 0) {
      // What one member alone predicts stays as it is to the last bit.
      for (let id = 0; id < levels; id++) out[id] = logits[alone]![id]!;
      return;
    }
    sums.fill(0);
    for (let k = 0; k < logits.length; k++) {
      if (this.isMixture) this.addProbabilities(logits[k]!, this.weights[k]!);
      else this.addLogits(logits[k]!, this.weights[k]!);
    }
    for (let id = 0; id < levels; id++) {
      // A token that no member can say is as improbable as a number can be: logits stay finite.
      out[id] = this.isMixture ? Math.log(Math.max(sums[id]!, Number.MIN_VALUE)) : sums[id]!;
    }
  }

  /** The one that has all weight; -1 when several have some. */
  private memberAlone(): number {
    let alone = -1;
    for (let k = 0; k < this.weights.length; k++) {
      if (this.weights[k] === 0) continue;
      if (alone >= 0) return -1;
      alone = k;
    }
    return alone;
  }

  private addLogits(logits: Float32Array, weight: number): void {
    const { levels, sums } = this;
    for (let id = 0; id < levels; id++) sums[id] = sums[id]! + weight * logits[id]!;
  }

  private addProbabilities(logits: Float32Array, weight: number): void {
    if (weight === 0) return;
    const { levels, sums, row } = this;
    let max = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < levels; id++) max = Math.max(max, logits[id]!);
    let total = 0;
    for (let id = 0; id < levels; id++) {
      row[id] = Math.exp(logits[id]! - max);
      total += row[id]!;
    }
    const share = weight / total;
    for (let id = 0; id < levels; id++) sums[id] = sums[id]! + share * row[id]!;
  }
}

/** The weights of `numMembers` members as a mixer wants them: of a mixture with the sum 1. Throws MODEL_ARGUMENT. */
export function mixingWeights(weights: readonly number[], numMembers: number, mixing: Mixing): Float64Array {
  if (weights.length !== numMembers)
    refuse(`Expected a weight for each of ${numMembers} members but received ${weights.length}.`);
  const isMixture = mixing === 'mixture';
  let sum = 0;
  for (const weight of weights) {
    if (!Number.isFinite(weight)) refuse(`Expected finite weights but received ${weight}.`);
    if (isMixture && weight < 0)
      refuse(`Expected weights of a mixture of at least 0 but received ${weight}.`);
    sum += weight;
  }
  if (isMixture && !(sum > 0 && Number.isFinite(sum)))
    refuse('Expected a weight above 0 in a mixture but received none.');
  return Float64Array.from(weights, (weight) => (isMixture ? weight / sum : weight));
}

/** Throws MODEL_ARGUMENT unless there is a boolean for each of `numMembers` members. */
export function checkDropped(isDropped: readonly boolean[], numMembers: number): void {
  if (isDropped.length === numMembers && isDropped.every((dropped) => typeof dropped === 'boolean')) return;
  refuse(`Expected a boolean for each of ${numMembers} members but received ${isDropped.length} values.`);
}

function refuse(message: string): never {
  throw new ModelError('MODEL_ARGUMENT', message);
}
