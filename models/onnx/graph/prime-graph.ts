import { tierWidth } from '../../bundle/layout.js';
import type { Graph } from '../format/model-proto.js';
import { decode, embed, steer, steeringInputs, tierBlocks } from './blocks.js';
import { tierRecurrences } from './coefficients.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import { scanRows } from './scan.js';
import { framesPerStep, pairPrefixes, periodState, primeFrames, steeringName } from './state-layout.js';
import type { ModelWeights } from './weights.js';

/**
 * Teacher forcing of N known tokens, from the start of a period: logits (N, levels) and the state after them. N is a
 * multiple of `primeFrames`. All frames of a tier are rows of one matrix, and a deeper tier is computed once for
 * all of them: its answers are moved by one of its frames, the first being what was queued.
 */
export function primeGraph(weights: ModelWeights): Graph {
  const { levels } = weights;
  const graph = new GraphBuilder();
  const tokens = graph.input('tokens', 'int64', ['frames']);
  steeringInputs(graph, weights, (tier) => (tier === 0 ? 'frames' : `frames.${tier}`));
  const layout = periodState(weights);
  for (const { name, shape } of layout) graph.input(name, 'float32', shape);
  const next = new Map<string, Value>();
  const stream = tierRows(graph, weights, 0, embed(graph, weights, tokens), next);
  graph.output('logits', decode(graph, weights, stream), 'float32', ['frames', levels]);
  for (const { name, shape } of layout) graph.output(`${name}.next`, next.get(name)!, 'float32', shape);
  return graph.finish('prime', true);
}

/** All rows of a tier, and of the deeper tiers: `stream` (rows, H) to (rows, H). Fills `next` with the new state. */
function tierRows(
  graph: GraphBuilder,
  weights: ModelWeights,
  tier: number,
  stream: Value,
  next: Map<string, Value>,
): Value {
  const { architecture } = weights;
  const prefixes = pairPrefixes(architecture, tier);
  const layers = tierRecurrences(weights, tier);
  const baseRows = primeFrames(architecture) / framesPerStep(architecture, tier);
  const ends: { re: Value; im: Value }[] = [];
  const ssm = (pair: number, u: Value): Value => {
    const index = graph.integers(pair);
    const state = { re: graph.row(`tier.${tier}.re`, index), im: graph.row(`tier.${tier}.im`, index) };
    const scan = scanRows(graph, `${prefixes[pair]}.s4`, layers[pair]!, baseRows, u, state);
    ends[pair] = scan;
    return scan.outputs;
  };
  const isDeepest = tier === architecture.pool.length;
  const queued = (down: Value) => answers(graph, weights, tier, down, next);
  const steered = steer(graph, stream, weights.isConditioned ? steeringName(tier) : undefined);
  const rows = tierBlocks(graph, weights, tier, steered, isDeepest ? undefined : queued, ssm);
  for (const part of ['re', 'im'] as const) {
    const axes = graph.integers([0]);
    const parts = ends.map((end) => graph.op('Unsqueeze', [end[part], axes]));
    next.set(`tier.${tier}.${part}`, graph.op('Concat', parts, { axis: { int: 0 } }));
  }
  return rows.stream;
}

/** What the deeper tier says to each row of `down` (rows, H): from the queue first, and the last answer goes there. */
function answers(
  graph: GraphBuilder,
  weights: ModelWeights,
  tier: number,
  down: Value,
  next: Map<string, Value>,
): Value {
  const pool = weights.architecture.pool[tier]!;
  const width = tierWidth(weights.architecture, tier);
  const windows = graph.reshape(down, [-1, pool * width]);
  const deeper = tierRows(graph, weights, tier + 1, weights.downPool(graph, tier, windows), next);
  // (windows, pool * H).
  const said = weights.upPool(graph, tier, deeper);
  const [start, end, axes] = [graph.integers([0]), graph.integers([-1]), graph.integers([0])];
  const queue = graph.reshape(`queue.${tier}`, [1, pool * width]);
  const heard = graph.op('Concat', [queue, graph.op('Slice', [said, start, end, axes])], {
    axis: { int: 0 },
  });
  next.set(`queue.${tier}`, graph.reshape(graph.row(said, graph.integers(-1)), [pool, 1, width]));
  return graph.reshape(heard, [-1, width]);
}
