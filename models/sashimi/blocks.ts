import { blockPrefix } from '../bundle/layout.js';
import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { addGated, addInPlace, geluInPlace, LayerNorm, Linear, type Norm, ScalarNorm } from './layers.js';
import { S4dLayer, S4Layer, type SsmLayer } from './ssm.js';

/** Looks a tensor up that `loadBundle` has checked. */
export type TensorSource = (name: string) => Tensor;

/** Memory that the blocks of one voice share; its contents mean nothing between calls. */
export class BlockScratch {
  readonly normed: Float64Array;
  readonly inner: Float64Array;
  readonly outer: Float64Array;

  constructor(architecture: SashimiArchitecture, maxWidth: number) {
    const innerWidth = maxWidth * Math.max(1, architecture.ff);
    this.normed = new Float64Array(maxWidth);
    this.inner = new Float64Array(innerWidth);
    this.outer = new Float64Array(2 * maxWidth);
  }
}

/**
 * One "layer" of the paper: an S4 block, then a feed-forward block, each x + f(norm(x)).
 * Holds weights only; the recurrent state is the caller's.
 */
export class BlockPair {
  readonly width: number;
  private readonly ssmNorm: Norm;
  private readonly ssm: SsmLayer;
  private readonly ssmOut: Linear;
  private readonly isGated: boolean;
  private readonly ffNorm: Norm;
  private readonly ffIn: Linear;
  private readonly ffOut: Linear;

  constructor(prefix: string, width: number, architecture: SashimiArchitecture, tensor: TensorSource) {
    this.width = width;
    this.ssmNorm = blockNorm(`${prefix}.s4.norm`, width, architecture, tensor);
    this.ssm = ssmLayer(`${prefix}.s4`, architecture, tensor);
    this.ssmOut = linear(`${prefix}.s4.out`, tensor);
    this.isGated = architecture.outputActivation === 'glu';
    this.ffNorm = blockNorm(`${prefix}.ff.norm`, width, architecture, tensor);
    this.ffIn = linear(`${prefix}.ff.in`, tensor);
    this.ffOut = linear(`${prefix}.ff.out`, tensor);
  }

  /** Float64 values of one stream's state. */
  get stateLength(): number {
    return this.ssm.stateLength;
  }

  /** One step of both blocks: `stream` (width) in place. */
  step(stream: Float64Array, state: Float64Array, scratch: BlockScratch): void {
    this.stepSsm(stream, state, scratch);
    this.stepFeedForward(stream, scratch);
  }

  /** The S4 block alone: `stream` (width) in place. */
  stepSsm(stream: Float64Array, state: Float64Array, scratch: BlockScratch): void {
    const { width } = this;
    const { normed, inner, outer } = scratch;
    this.ssmNorm.apply(stream, normed);
    this.ssm.step(normed, state, inner);
    geluInPlace(inner, width);
    this.ssmOut.apply(inner, outer);
    if (this.isGated) addGated(stream, outer, width);
    else addInPlace(stream, outer, width);
  }

  /** The feed-forward block alone: `stream` (width) in place. */
  stepFeedForward(stream: Float64Array, scratch: BlockScratch): void {
    const { normed, inner, outer } = scratch;
    this.ffNorm.apply(stream, normed);
    this.ffIn.apply(normed, inner);
    geluInPlace(inner, this.ffIn.outputs);
    this.ffOut.apply(inner, outer);
    addInPlace(stream, outer, this.width);
  }
}

/** The pairs of a tier on the way up (or of the centre), in order. */
export function blockPairs(
  architecture: SashimiArchitecture,
  tier: number,
  width: number,
  tensor: TensorSource,
): BlockPair[] {
  return Array.from(
    { length: architecture.numLayers },
    (_, pair) => new BlockPair(blockPrefix(architecture, tier, pair), width, architecture, tensor),
  );
}

/** The pairs of a tier on the way down, in order: none without `unet`, none in the deepest tier. */
export function downBlockPairs(
  architecture: SashimiArchitecture,
  tier: number,
  width: number,
  tensor: TensorSource,
): BlockPair[] {
  if (!architecture.unet || tier === architecture.pool.length) return [];
  return Array.from(
    { length: architecture.numLayers },
    (_, pair) => new BlockPair(`blocks.down.${tier}.${pair}`, width, architecture, tensor),
  );
}

export function linear(prefix: string, tensor: TensorSource): Linear {
  return new Linear(tensor(`${prefix}.weight`), tensor(`${prefix}.bias`));
}

export function blockNorm(
  prefix: string,
  width: number,
  architecture: SashimiArchitecture,
  tensor: TensorSource,
): Norm {
  return architecture.norm === 'layer'
    ? new LayerNorm(tensor(`${prefix}.weight`), tensor(`${prefix}.bias`))
    : new ScalarNorm(width, tensor(`${prefix}.m`), tensor(`${prefix}.s`));
}

export function ssmLayer(prefix: string, architecture: SashimiArchitecture, tensor: TensorSource): SsmLayer {
  const ssm = (name: string) => tensor(`${prefix}.ssm.${name}`);
  const skip = tensor(`${prefix}.D`);
  return architecture.ssm.kind === 's4d'
    ? new S4dLayer(ssm('a'), ssm('c'), skip)
    : new S4Layer(ssm('a'), ssm('b'), ssm('p'), ssm('q'), ssm('c'), skip);
}
