import { tierWidth } from '../../bundle/layout.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { hasDownPairs, numTiers, pairPrefixes, steeringName } from './state-layout.js';
import { floats, type ModelWeights } from './weights.js';

/** Writes the state-space layer of pair `pair` of a tier: `u` (rows, H) to y (rows, H). */
export type SsmWriter = (pair: number, u: Value) => Value;

/** What a tier makes of its rows of frames. */
export interface TierRows {
  /** What goes to the deeper tier (rows, H). */
  readonly down: Value;
  readonly stream: Value;
}

/**
 * The blocks of a tier over rows of frames: `stream` (rows, H); `queued` gives the answers of the deeper tier (rows, H),
 * given what goes there, and is left out for the deepest tier. One row when stepping, many when priming: the layers are the same.
 */
export function tierBlocks(
  graph: GraphBuilder,
  weights: ModelWeights,
  tier: number,
  stream: Value,
  queued: ((down: Value) => Value) | undefined,
  ssm: SsmWriter,
): TierRows {
  const { architecture } = weights;
  const prefixes = pairPrefixes(architecture, tier);
  const width = tierWidth(architecture, tier);
  const add = (a: Value, b: Value) => graph.op('Add', [a, b]);
  const writer = new BlockWriter(graph, weights, width);
  const numDown = hasDownPairs(architecture, tier) ? architecture.numLayers : 0;
  const skips: Value[] = [];
  let x = stream;
  for (let i = 0; i < numDown; i++) {
    skips.push(x);
    x = writer.s4(prefixes[i]!, x, (u) => ssm(i, u));
    skips.push(x);
    x = writer.feedForward(prefixes[i]!, x);
  }
  const down = x;
  if (queued !== undefined) x = add(x, queued(down));
  const before = x;
  for (let i = numDown; i < prefixes.length; i++) {
    x = writer.s4(prefixes[i]!, x, (u) => ssm(i, u));
    if (numDown > 0) x = add(x, skips.pop()!);
    x = writer.feedForward(prefixes[i]!, x);
    if (numDown > 0) x = add(x, skips.pop()!);
  }
  return { down, stream: numDown > 0 ? x : add(x, before) };
}

/** Final norm and decoder: `stream` (rows, dModel) to logits (rows, levels). */
export function decode(graph: GraphBuilder, weights: ModelWeights, stream: Value): Value {
  const normed = layerNorm(graph, weights, 'norm', stream);
  return weights.linear(graph, 'decoder', normed);
}

/** Adds its rows of `cond.{k}` to what a tier is given, of a model that takes conditioning. */
export function steer(graph: GraphBuilder, stream: Value, steering: Value | undefined): Value {
  return steering === undefined ? stream : graph.op('Add', [stream, steering]);
}

/** The inputs `cond.{k}`, one per tier, of a model that takes conditioning. `frames` is the size of the first axis. */
export function steeringInputs(
  graph: GraphBuilder,
  { architecture, isConditioned }: ModelWeights,
  frames: (tier: number) => number | string,
): Value[] {
  if (!isConditioned) return [];
  return Array.from({ length: numTiers(architecture) }, (_, k) =>
    graph.input(steeringName(k), 'float32', [frames(k), tierWidth(architecture, k)]),
  );
}

/** `tokens` (rows) int64 to (rows, dModel). */
export function embed(graph: GraphBuilder, weights: ModelWeights, tokens: Value): Value {
  return graph.op('Gather', [weights.constant(graph, 'embedding.weight'), tokens], { axis: { int: 0 } });
}

class BlockWriter {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly weights: ModelWeights,
    private readonly width: number,
  ) {}

  /** x + glu(W gelu(ssm(norm(x))) + b). */
  s4(prefix: string, x: Value, ssm: (u: Value) => Value): Value {
    const { graph, weights, width } = this;
    const inner = this.gelu(ssm(this.norm(`${prefix}.s4.norm`, x)));
    const outer = weights.linear(graph, `${prefix}.s4.out`, inner);
    if (weights.architecture.outputActivation === 'none') return graph.op('Add', [x, outer]);
    const [value, gate] = graph.ops('Split', [outer, graph.integers([width, width])], 2, {
      axis: { int: 1 },
    }) as [Value, Value];
    return graph.op('Add', [x, graph.op('Mul', [value, graph.op('Sigmoid', [gate])])]);
  }

  /** x + W' gelu(W norm(x) + b) + b'. */
  feedForward(prefix: string, x: Value): Value {
    const { graph, weights } = this;
    const inner = this.gelu(weights.linear(graph, `${prefix}.ff.in`, this.norm(`${prefix}.ff.norm`, x)));
    return graph.op('Add', [x, weights.linear(graph, `${prefix}.ff.out`, inner)]);
  }

  private gelu(x: Value): Value {
    return this.graph.op('Gelu', [x]);
  }

  private norm(prefix: string, x: Value): Value {
    return this.weights.architecture.norm === 'layer'
      ? layerNorm(this.graph, this.weights, prefix, x)
      : scalarNorm(this.graph, this.weights, prefix, x);
  }
}

function layerNorm(graph: GraphBuilder, weights: ModelWeights, prefix: string, x: Value): Value {
  const scale = weights.constant(graph, `${prefix}.weight`);
  const bias = weights.constant(graph, `${prefix}.bias`);
  return graph.op('LayerNormalization', [x, scale, bias], { axis: { int: -1 }, epsilon: { float: 1e-5 } });
}

/** y = s / std * (x - mean + m): LayerNormalization adds an epsilon and knows no m. */
function scalarNorm(graph: GraphBuilder, weights: ModelWeights, prefix: string, x: Value): Value {
  const axes = graph.integers([-1]);
  const mean = (value: Value) => graph.op('ReduceMean', [value, axes], { keepdims: { int: 1 } });
  const centred = graph.op('Sub', [x, mean(x)]);
  const std = graph.op('Sqrt', [mean(graph.op('Mul', [centred, centred]))]);
  const one = (name: string) =>
    graph.constant(`${prefix}.${name}`, () => floats([1, 1], weights.tensor(`${prefix}.${name}`).data));
  const moved = graph.op('Add', [centred, one('m')]);
  return graph.op('Mul', [moved, graph.op('Div', [one('s'), std])]);
}
