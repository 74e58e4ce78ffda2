import type { GraphBuilder, Value } from './graph-builder.js';

/** Scalar inputs of the chunk graph; `uniform` is one float64 of the frame. */
export interface DrawInputs {
  readonly temperature: Value;
  readonly topP: Value;
  readonly topK: Value;
  readonly uniform: Value;
}

/**
 * One token (1) int64 from logits (1, levels), as models/sampling/draw.ts defines it, in float64 like there.
 * The cases are branches: a greedy frame sorts nothing, and a frame without cuts neither.
 */
export function drawToken(graph: GraphBuilder, logits: Value, levels: number, inputs: DrawInputs): Value {
  const row = graph.reshape(logits, [levels]);
  const isGreedy = graph.op('Equal', [inputs.temperature, graph.scalar(0, 'float64')]);
  return graph.branch(
    isGreedy,
    ['int64'],
    (greedy) => [firstLargest(greedy, row)],
    (random) => [drawRandom(random, row, levels, inputs)],
  )[0]!;
}

function drawRandom(graph: GraphBuilder, row: Value, levels: number, inputs: DrawInputs): Value {
  const below = belowLargest(graph, row);
  const weights = graph.op('Exp', [graph.op('Div', [below, inputs.temperature])]);
  const cutsRanks = graph.op('And', [
    graph.op('Greater', [inputs.topK, graph.integers(0)]),
    graph.op('Less', [inputs.topK, graph.integers(levels)]),
  ]);
  const cutsNucleus = graph.op('Less', [inputs.topP, graph.scalar(1, 'float64')]);
  const kept = graph.branch(
    graph.op('Or', [cutsRanks, cutsNucleus]),
    ['float64'],
    (cut) => {
      // Without a nucleus the bound is beyond any rounding of the sum.
      const topP = cut.op('Where', [cutsNucleus, inputs.topP, cut.scalar(2, 'float64')]);
      const mask = keepBest(cut, row, below, levels, cutsRanks, { ...inputs, topP });
      return [cut.op('Where', [mask, weights, cut.scalar(0, 'float64')])];
    },
    (whole) => [whole.op('Identity', [weights])],
  )[0]!;
  const cumulative = graph.op('CumSum', [kept, graph.integers(0)]);
  const total = graph.row(cumulative, graph.integers(levels - 1));
  const target = graph.op('Mul', [inputs.uniform, total]);
  // The total is the last cumulative sum and u is below 1, so some sum is above the target.
  const isReached = graph.op('Greater', [cumulative, target]);
  return firstLargest(graph, graph.op('Cast', [isReached], { to: { int: 6 } }));
}

/** Which ids stay: (levels) bool. Ranks are by logit descending, ties by ascending id. */
function keepBest(
  graph: GraphBuilder,
  row: Value,
  below: Value,
  levels: number,
  cutsRanks: Value,
  { topK, topP }: DrawInputs,
): Value {
  const [, ids] = graph.ops('TopK', [row, graph.integers([levels])], 2) as [Value, Value];
  const ranks = graph.constant('ranks', () => ({
    type: 'int64',
    shape: [levels],
    data: BigInt64Array.from({ length: levels }, (_, i) => BigInt(i)),
  }));
  const numRanks = graph.op('Where', [cutsRanks, topK, graph.integers(levels)]);
  const isRanked = graph.op('Less', [ranks, numRanks]);
  const byRank = graph.op('Exp', [graph.op('Gather', [below, ids], { axis: { int: 0 } })]);
  const ranked = graph.op('Where', [isRanked, byRank, graph.scalar(0, 'float64')]);
  const sum = graph.op('ReduceSum', [ranked, graph.integers([0])], { keepdims: { int: 1 } });
  // A rank stays when the ranks before it have not crossed the bound.
  const before = graph.op('CumSum', [ranked, graph.integers(0)], { exclusive: { int: 1 } });
  const beyond = graph.op('Greater', [before, graph.op('Mul', [topP, sum])]);
  const keeps = graph.op('And', [isRanked, graph.op('Not', [beyond])]);
  const none = graph.constant('none', () => ({
    type: 'int32',
    shape: [levels],
    data: new Int32Array(levels),
  }));
  const keepsNumber = graph.op('Cast', [keeps], { to: { int: 6 } });
  const byId = graph.op('ScatterElements', [none, ids, keepsNumber], { axis: { int: 0 } });
  return graph.op('Cast', [byId], { to: { int: 9 } });
}

/** l - max l, in float64. */
function belowLargest(graph: GraphBuilder, row: Value): Value {
  const wide = graph.op('Cast', [row], { to: { int: 11 } });
  return graph.op('Sub', [
    wide,
    graph.op('ReduceMax', [wide, graph.integers([0])], { keepdims: { int: 1 } }),
  ]);
}

/** The lowest index of the largest value: (1) int64. */
function firstLargest(graph: GraphBuilder, row: Value): Value {
  return graph.op('ArgMax', [row], { axis: { int: 0 }, keepdims: { int: 1 } });
}
