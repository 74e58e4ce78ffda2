import { tierWidth } from '../../bundle/layout.js';
import type { Graph } from '../format/model-proto.js';
import { decode, embed, steer, steeringInputs } from './blocks.js';
import { type DrawRules, drawRules, drawToken } from './draw.js';
import { tierFrame } from './frame.js';
import { type Carried, GraphBuilder, type Value } from './graph-builder.js';
import { numTiers, periodState, type StateTensor } from './state-layout.js';
import type { ModelWeights } from './weights.js';

/**
 * N frames per run, with sampling inside; N is a whole number of periods, and a run starts at the start of one.
 * So the schedule of the tiers is nested loops: a period is a loop over the frames of the tier above the deepest,
 * each of which is a loop over the frames of the next one, down to the frames of the sound; no frame copies the state
 * of a tier that it does not step. Every frame is computed by the same nodes at the same sizes: where a run
 * starts and ends does not change a bit.
 */
export function chunkGraph(weights: ModelWeights): Graph {
  const { architecture, levels } = weights;
  const graph = new GraphBuilder();
  const tokens = graph.input('tokens', 'int64', ['frames']);
  const uniforms = graph.input('uniforms', 'float64', ['frames']);
  const sampling = {
    temperature: graph.input('temperature', 'float64', []),
    topP: graph.input('top_p', 'float64', []),
    topK: graph.input('top_k', 'int64', []),
  };
  const writer = new ChunkWriter(weights, drawRules(graph, levels, sampling));
  const steering = steeringInputs(graph, weights, (tier) => (tier === 0 ? 'frames' : `frames.${tier}`));
  const layout = periodState(weights);
  for (const { name, shape } of layout) graph.input(name, 'float32', shape);

  const nested = [-1, ...[...architecture.pool].reverse(), 1];
  const rows = {
    tokens: graph.reshape(tokens, nested),
    uniforms: graph.reshape(uniforms, nested),
    steering: steering.map((values, k) =>
      graph.reshape(values, [-1, ...architecture.pool.slice(k).reverse(), 1, tierWidth(architecture, k)]),
    ),
  };
  const periods = graph.op('Gather', [graph.op('Shape', [rows.tokens]), graph.integers(0)], {
    axis: { int: 0 },
  });
  const state = new Map(layout.map(({ name }) => [name, name]));
  state.set(DRAWN, graph.integers([0]));
  const result = writer.frames(graph, numTiers(architecture) - 1, periods, rows, state);

  graph.output('drawn', graph.reshape(result.drawn, [-1]), 'int64', ['frames']);
  graph.output('logits', graph.reshape(result.logits, [-1, levels]), 'float32', ['frames', levels]);
  for (const { name, shape } of layout) {
    graph.output(`${name}.next`, result.state.get(name)!, 'float32', shape);
  }
  return graph.finish('chunk', true);
}

/** Carried beside the state: the token drawn last, (1). */
const DRAWN = 'drawn.last';

/** By name: the state of some tiers, and the token drawn last. */
type State = ReadonlyMap<string, Value>;

interface Rows {
  readonly tokens: Value;
  readonly uniforms: Value;
  /** What is added to the frames of a tier, by tier, as far as the loops around have not come to one of them. */
  readonly steering: readonly Value[];
}

interface Frames {
  readonly state: State;
  /** Every frame's, stacked. */
  readonly drawn: Value;
  readonly logits: Value;
  /** What each frame of the tier gives to the deeper one, (frames, 1, H); of the deepest tier nothing. */
  readonly down: Value | undefined;
}

class ChunkWriter {
  constructor(
    private readonly weights: ModelWeights,
    private readonly rules: DrawRules,
  ) {}

  /** `count` frames of a tier, and all frames of the tiers above it that belong to them. */
  frames(graph: GraphBuilder, tier: number, count: Value, rows: Rows, state: State): Frames {
    const layout = this.steppedState(tier);
    const carried: Carried[] = [
      { value: state.get(DRAWN)!, type: 'int64', shape: [1] },
      ...layout.map(({ name, shape }): Carried => ({ value: state.get(name)!, type: 'float32', shape })),
    ];
    const names = [DRAWN, ...layout.map(({ name }) => name)];
    const isDeepest = tier === numTiers(this.weights.architecture) - 1;
    const result = graph.loop(count, carried, (body, turn, inside) => {
      const own = {
        tokens: body.row(rows.tokens, turn),
        uniforms: body.row(rows.uniforms, turn),
        steering: rows.steering.slice(0, tier + 1).map((values) => body.row(values, turn)),
      };
      // A queue is refilled outside this loop: its name is that of the graph around.
      const visible = new Map([...state, ...names.map((name, i): [string, Value] => [name, inside[i]!])]);
      const frame = this.frame(body, tier, turn, own, visible);
      return {
        carried: names.map((name) => frame.state.get(name)!),
        stacked: [
          { value: frame.drawn, type: 'int64' },
          { value: frame.logits, type: 'float32' },
          ...(isDeepest ? [] : [{ value: frame.down!, type: 'float32' as const }]),
        ],
      };
    });
    const [drawn, logits, down] = result.stacked as [Value, Value, Value | undefined];
    const after = new Map([...state, ...names.map((name, i): [string, Value] => [name, result.carried[i]!])]);
    return { state: after, drawn, logits, down };
  }

  /** One frame of a tier, which is frame `slot` of the deeper tier's window. */
  private frame(graph: GraphBuilder, tier: number, slot: Value, rows: Rows, state: State): Frames {
    const { weights } = this;
    const { pool } = weights.architecture;
    const above = tier === 0 ? this.consume(graph, rows, state) : this.gather(graph, tier, rows, state);
    const queued = tier < pool.length ? graph.row(state.get(`queue.${tier}`)!, slot) : undefined;
    const [re, im] = [`tier.${tier}.re`, `tier.${tier}.im`];
    const result = tierFrame(graph, weights, tier, steer(graph, above.stream, rows.steering[tier]), queued, {
      re: state.get(re)!,
      im: state.get(im)!,
    });
    const after = new Map([...above.state, [re, result.re], [im, result.im]]);
    if (tier === 0) {
      const logits = decode(graph, weights, result.stream);
      const drawn = drawToken(graph, logits, weights.levels, rows.uniforms, this.rules);
      after.set(DRAWN, drawn);
      return { state: after, drawn, logits, down: result.down };
    }
    const answer = weights.upPool(graph, tier - 1, result.stream);
    const width = tierWidth(weights.architecture, tier - 1);
    after.set(`queue.${tier - 1}`, graph.reshape(answer, [pool[tier - 1]!, 1, width]));
    return { state: after, drawn: above.drawn!, logits: above.logits!, down: result.down };
  }

  /** The stream of a frame of tier 0: the token given for it, or the one drawn last. */
  private consume(graph: GraphBuilder, { tokens }: Rows, state: State): Above {
    const isGiven = graph.op('GreaterOrEqual', [tokens, graph.integers(0)]);
    const token = graph.op('Where', [isGiven, tokens, state.get(DRAWN)!]);
    return { stream: embed(graph, this.weights, token), state };
  }

  /** The stream of a frame of a deeper tier: down-pooled from a window of frames of the tier above. */
  private gather(graph: GraphBuilder, tier: number, rows: Rows, state: State): Above {
    const { architecture } = this.weights;
    const factor = architecture.pool[tier - 1]!;
    const frames = this.frames(graph, tier - 1, graph.integers(factor), rows, state);
    const window = graph.reshape(frames.down!, [1, factor * tierWidth(architecture, tier - 1)]);
    return { ...frames, stream: this.weights.downPool(graph, tier - 1, window) };
  }

  /** What frames of a tier change: its own recurrences, and all of the tiers above it. */
  private steppedState(tier: number): StateTensor[] {
    const stepped = (name: string): boolean => {
      const [kind, index] = name.split('.') as [string, string];
      return kind === 'tier' ? Number(index) <= tier : Number(index) < tier;
    };
    return periodState(this.weights).filter(({ name }) => stepped(name));
  }
}

interface Above {
  readonly stream: Value;
  readonly state: State;
  readonly drawn?: Value;
  readonly logits?: Value;
}
