import { tierWidth } from '../../bundle/layout.js';
import type { Graph } from '../format/model-proto.js';
import { decode, embed, steer, steeringInputs } from './blocks.js';
import { tierFrame } from './frame.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import {
  frameState,
  framesPerStep,
  numTiers,
  queueState,
  recurrenceState,
  type StateTensor,
  windowState,
} from './state-layout.js';
import type { ModelWeights } from './weights.js';

/**
 * One frame per run: a token and the state in, logits and the new state out. `phase` says which frame of the
 * period it is; a deeper tier is a branch, taken when its window is full, and otherwise its state is copied.
 */
export function stepGraph(weights: ModelWeights): Graph {
  const { architecture, levels } = weights;
  const graph = new GraphBuilder();
  const token = graph.input('token', 'int64', [1]);
  const phase = graph.input('phase', 'int64', [1]);
  const steering = steeringInputs(graph, weights, () => 1);
  const layout = frameState(weights);
  for (const { name, shape } of layout) graph.input(name, 'float32', shape);

  const writer = new StepWriter(weights, phase, steering);
  const { stream, state } = writer.tier(
    graph,
    0,
    embed(graph, weights, token),
    new Map(layout.map(({ name }) => [name, name])),
  );
  graph.output('logits', decode(graph, weights, stream), 'float32', [1, levels]);
  const period = graph.integers(framesPerStep(architecture, numTiers(architecture) - 1));
  const nextPhase = graph.op('Mod', [graph.op('Add', [phase, graph.integers(1)]), period]);
  graph.output('phase.next', nextPhase, 'int64', [1]);
  for (const { name, shape } of layout) graph.output(`${name}.next`, state.get(name)!, 'float32', shape);
  return graph.finish('step', true);
}

type State = ReadonlyMap<string, Value>;

class StepWriter {
  constructor(
    private readonly weights: ModelWeights,
    private readonly phase: Value,
    private readonly steering: readonly Value[],
  ) {}

  /** One frame of a tier, and of the deeper tiers when they are due: what is in `state` of these tiers is replaced. */
  tier(graph: GraphBuilder, tier: number, stream: Value, state: State): { stream: Value; state: State } {
    const { weights } = this;
    const { architecture } = weights;
    const isDeepest = tier === architecture.pool.length;
    const [re, im] = [`tier.${tier}.re`, `tier.${tier}.im`];
    const slot = isDeepest ? undefined : this.slot(graph, tier);
    const queued = slot === undefined ? undefined : graph.row(state.get(`queue.${tier}`)!, slot);
    const steered = steer(graph, stream, this.steering[tier]);
    const frame = tierFrame(graph, weights, tier, steered, queued, {
      re: state.get(re)!,
      im: state.get(im)!,
    });
    const after = new Map([...state, [re, frame.re], [im, frame.im]]);
    if (slot !== undefined) this.exchange(graph, tier, slot, frame.down, after);
    return { stream: frame.stream, state: after };
  }

  /** Puts a frame into the window; a full one makes the deeper tier step and refill the queue. */
  private exchange(
    graph: GraphBuilder,
    tier: number,
    slot: Value,
    down: Value,
    state: Map<string, Value>,
  ): void {
    const { weights } = this;
    const { architecture } = weights;
    const pool = architecture.pool[tier]!;
    const width = tierWidth(architecture, tier);
    const slots = graph.constant(`slots.${tier}`, () => ({
      type: 'int64',
      shape: [pool, 1, 1],
      data: BigInt64Array.from({ length: pool }, (_, i) => BigInt(i)),
    }));
    const window = graph.op('Where', [graph.op('Equal', [slots, slot]), down, state.get(`window.${tier}`)!]);
    state.set(`window.${tier}`, window);
    const changed = this.changedBy(tier);
    const names = changed.map(({ name }) => name);
    const results = graph.branch(
      graph.op('Equal', [slot, graph.integers(pool - 1)]),
      changed.map(() => 'float32'),
      (due) => {
        const stream = weights.downPool(due, tier, due.reshape(window, [1, pool * width]));
        const deeper = this.tier(due, tier + 1, stream, state);
        const answer = weights.upPool(due, tier, deeper.stream);
        const queue = due.reshape(answer, [pool, 1, width]);
        return names.map((name) => (name === `queue.${tier}` ? queue : deeper.state.get(name)!));
      },
      (waiting) => names.map((name) => waiting.op('Identity', [state.get(name)!])),
    );
    for (const [i, name] of names.entries()) state.set(name, results[i]!);
  }

  /** The state that a full window of `tier` changes. */
  private changedBy(tier: number): StateTensor[] {
    const { architecture } = this.weights;
    const changed = [queueState(architecture, tier)];
    for (let k = tier + 1; k < numTiers(architecture); k++) {
      changed.push(...recurrenceState(this.weights, k));
      if (k < architecture.pool.length)
        changed.push(queueState(architecture, k), windowState(architecture, k));
    }
    return changed;
  }

  /** Which frame of its window a tier is at: a scalar. */
  private slot(graph: GraphBuilder, tier: number): Value {
    const { architecture } = this.weights;
    const frames = graph.integers(framesPerStep(architecture, tier));
    const pool = graph.integers(architecture.pool[tier]!);
    return graph.op('Mod', [graph.op('Div', [graph.op('Squeeze', [this.phase]), frames]), pool]);
  }
}
