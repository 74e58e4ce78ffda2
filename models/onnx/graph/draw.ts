import type { GraphBuilder, Value } from './graph-builder.js';

/** Names of the nodes that choose between the cases of a draw: they belong where it is made. */
export const DRAW_BRANCHES: readonly string[] = ['draw.greedy', 'draw.cuts'];

/** Scalar inputs of the chunk graph. */
export interface SamplingInputs {
  readonly temperature: Value;
  readonly topP: Value;
  readonly topK: Value;
}

/** What holds for all frames of a run, so that no frame asks for it. */
export interface DrawRules {
  readonly temperature: Value;
  readonly isGreedy: Value;
  /** Whether anything is cut: by rank, or by the nucleus. */
  readonly cuts: Value;
  /** Ranks that stay; all of them without a cut. */
  readonly numRanks: Value;
  /** Of the sum; without a nucleus beyond any rounding of it. */
  readonly bound: Value;
}

export function drawRules(graph: GraphBuilder, levels: number, inputs: SamplingInputs): DrawRules {
  const { temperature, topP, topK } = inputs;
  const cutsRanks = graph.op('And', [
    graph.op('Greater', [topK, graph.integers(0)]),
    graph.op('Less', [topK, graph.integers(levels)]),
  ]);
  const cutsNucleus = graph.op('Less', [topP, graph.scalar(1, 'float64')]);
  return {
    temperature,
    isGreedy: graph.op('Equal', [temperature, graph.scalar(0, 'float64')]),
    cuts: graph.op('Or', [cutsRanks, cutsNucleus]),
    numRanks: graph.op('Where', [cutsRanks, topK, graph.integers(levels)]),
    bound: graph.op('Where', [cutsNucleus, topP, graph.scalar(2, 'float64')]),
  };
}

/**
 * One token (1) int64 from logits (1, levels) and a uniform number, as models/sampling/draw.ts defines it, in float64
 * like there. The cases are branches: a greedy frame sorts nothing, and a frame without cuts neither. The logits alone
 * leave the device that computed them: it has no float64, so all that follows is done where the token is wanted.
 */
export function drawToken(
  graph: GraphBuilder,
  logits: Value,
  levels: number,
  uniform: Value,
  rules: DrawRules,
): Value {
  const row = graph.op('Cast', [graph.reshape(logits, [levels])], { to: { int: 11 } });
  return graph.branch(
    rules.isGreedy,
    ['int64'],
    (greedy) => [firstLargest(greedy, row)],
    (random) => [drawRandom(random, row, levels, uniform, rules)],
    DRAW_BRANCHES[0],
  )[0]!;
}

function drawRandom(
  graph: GraphBuilder,
  row: Value,
  levels: number,
  uniform: Value,
  rules: DrawRules,
): Value {
  const below = belowLargest(graph, row);
  const weights = graph.op('Exp', [graph.op('Div', [below, rules.temperature])]);
  const kept = graph.branch(
    rules.cuts,
    ['float64'],
    (cut) => {
      const mask = keepBest(cut, row, below, levels, rules);
      return [cut.op('Where', [mask, weights, cut.scalar(0, 'float64')])];
    },
    (whole) => [whole.op('Identity', [weights])],
    DRAW_BRANCHES[1],
  )[0]!;
  const cumulative = graph.op('CumSum', [kept, graph.integers(0)]);
  const total = graph.row(cumulative, graph.integers(levels - 1));
  const target = graph.op('Mul', [uniform, total]);
  // The total is the last cumulative sum and u is below 1, so some sum is above the target.
  const isReached = graph.op('Greater', [cumulative, target]);
  return firstLargest(graph, graph.op('Cast', [isReached], { to: { int: 11 } }));
}

/** Which ids stay: (levels) bool. Ranks are by logit descending, ties by ascending id. */
function keepBest(
  graph: GraphBuilder,
  row: Value,
  below: Value,
  levels: number,
  { numRanks, bound }: DrawRules,
): Value {
  const [, ids] = graph.ops('TopK', [row, graph.integers([levels])], 2) as [Value, Value];
  const ranks = graph.constant('ranks', () => ({
    type: 'int64',
    shape: [levels],
    data: BigInt64Array.from({ length: levels }, (_, i) => BigInt(i)),
  }));
  const isRanked = graph.op('Less', [ranks, numRanks]);
  const byRank = graph.op('Exp', [graph.op('Gather', [below, ids], { axis: { int: 0 } })]);
  const ranked = graph.op('Where', [isRanked, byRank, graph.scalar(0, 'float64')]);
  const sum = graph.op('ReduceSum', [ranked, graph.integers([0])], { keepdims: { int: 1 } });
  // A rank stays when the ranks before it have not crossed the bound.
  const before = graph.op('CumSum', [ranked, graph.integers(0)], { exclusive: { int: 1 } });
  const beyond = graph.op('Greater', [before, graph.op('Mul', [bound, sum])]);
  // In float64 for the same reason as the rest: what a device can do it is given, and must be waited for.
  const [no, yes] = [graph.scalar(0, 'float64'), graph.scalar(1, 'float64')];
  const keeps = graph.op('Where', [isRanked, graph.op('Where', [beyond, no, yes]), no]);
  const none = graph.constant('none', () => ({
    type: 'float64',
    shape: [levels],
    data: new Float64Array(levels),
  }));
  const byId = graph.op('ScatterElements', [none, ids, keeps], { axis: { int: 0 } });
  return graph.op('Cast', [byId], { to: { int: 9 } });
}

/** l - max l. */
function belowLargest(graph: GraphBuilder, row: Value): Value {
  return graph.op('Sub', [row, graph.op('ReduceMax', [row, graph.integers([0])], { keepdims: { int: 1 } })]);
}

/** The lowest index of the largest value: (1) int64. */
function firstLargest(graph: GraphBuilder, row: Value): Value {
  return graph.op('ArgMax', [row], { axis: { int: 0 }, keepdims: { int: 1 } });
}
