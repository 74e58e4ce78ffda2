import { type TierRows, tierBlocks } from './blocks.js';
import { directGain, type Recurrence, stackedParts, tierRecurrences } from './coefficients.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { pairPrefixes } from './state-layout.js';
import { floats, type ModelWeights } from './weights.js';

export interface TierFrame extends TierRows {
  /** The recurrences' state after the frame, (pairs, N, H) each. */
  readonly re: Value;
  readonly im: Value;
}

/**
 * One frame of one tier. The recurrences of all its pairs are computed together, in a few operations over
 * (pairs, N, H): what the old state says does not depend on the input of the frame, so it comes first, and what the
 * inputs add to the state comes last. In between each pair adds its input's direct gain to its output.
 * This matters because a runtime spends about as long on starting a small operation as on its numbers.
 */
export function tierFrame(
  graph: GraphBuilder,
  weights: ModelWeights,
  tier: number,
  stream: Value,
  queued: Value | undefined,
  state: { readonly re: Value; readonly im: Value },
): TierFrame {
  const prefixes = pairPrefixes(weights.architecture, tier);
  const layers = tierRecurrences(weights, tier);
  const recurrence = new TierRecurrence(graph, layers, `tier.${tier}`);
  const aged = recurrence.age(state);
  const outputs = recurrence.outputs(aged);
  const inputs: Value[] = [];
  const rows = tierBlocks(
    graph,
    weights,
    tier,
    stream,
    queued === undefined ? undefined : () => queued,
    (pair, u) => {
      inputs[pair] = u;
      const gain = graph.constant(`${prefixes[pair]}.s4.gain`, () => {
        const values = directGain(layers[pair]!);
        return floats([1, values.length], values);
      });
      return graph.op('Add', [outputs[pair]!, graph.op('Mul', [gain, u])]);
    },
  );
  return { ...rows, ...recurrence.excite(aged, inputs) };
}

/** x <- a x + p Re(q x) + b u and Re(c x), for the pairs of a tier at once. */
class TierRecurrence {
  private readonly shape: readonly number[];

  constructor(
    private readonly graph: GraphBuilder,
    private readonly layers: readonly Recurrence[],
    private readonly prefix: string,
  ) {
    this.shape = [layers.length, layers[0]!.modes, layers[0]!.width];
  }

  /** The state one frame later, if no input came. */
  age({ re, im }: { readonly re: Value; readonly im: Value }): { re: Value; im: Value } {
    const { graph } = this;
    const [ar, ai] = this.parts('a', ({ a }) => a);
    const agedRe = graph.op('Sub', [graph.op('Mul', [ar, re]), graph.op('Mul', [ai, im])]);
    const agedIm = graph.op('Add', [graph.op('Mul', [ar, im]), graph.op('Mul', [ai, re])]);
    if (this.isDiagonal) return { re: agedRe, im: agedIm };
    const [pr, pi] = this.parts('p', ({ rankOne }) => rankOne!.p);
    const s = this.realSum('q', ({ rankOne }) => rankOne!.q, re, im, 1);
    return {
      re: graph.op('Add', [agedRe, graph.op('Mul', [pr, s])]),
      im: graph.op('Add', [agedIm, graph.op('Mul', [pi, s])]),
    };
  }

  /** Re(c x) of each pair, (1, H). */
  outputs({ re, im }: { readonly re: Value; readonly im: Value }): Value[] {
    const all = this.realSum('c', ({ c }) => c, re, im, 0);
    if (this.layers.length === 1) return [all];
    const sizes = this.graph.integers(this.layers.map(() => 1));
    return this.graph.ops('Split', [all, sizes], this.layers.length, { axis: { int: 0 } });
  }

  /** Adds b u; `inputs` are u (1, H) of each pair. */
  excite(
    aged: { readonly re: Value; readonly im: Value },
    inputs: readonly Value[],
  ): { re: Value; im: Value } {
    const { graph } = this;
    const [layers, , width] = this.shape as [number, number, number];
    const together = inputs.length === 1 ? inputs[0]! : graph.op('Concat', inputs, { axis: { int: 0 } });
    const u = graph.reshape(together, [layers, 1, width]);
    // b of a diagonal recurrence is 1.
    if (this.isDiagonal) return { re: graph.op('Add', [aged.re, u]), im: aged.im };
    const [br, bi] = this.parts('b', ({ b }) => b);
    return {
      re: graph.op('Add', [aged.re, graph.op('Mul', [br, u])]),
      im: graph.op('Add', [aged.im, graph.op('Mul', [bi, u])]),
    };
  }

  private get isDiagonal(): boolean {
    return this.layers[0]!.rankOne === undefined;
  }

  /** sum_n Re(k_n x_n): (pairs, H), or (pairs, 1, H) with `keepdims`. */
  private realSum(
    name: string,
    of: (layer: Recurrence) => ArrayLike<number>,
    re: Value,
    im: Value,
    keepdims: 0 | 1,
  ): Value {
    const { graph } = this;
    const [kr, ki] = this.parts(name, of);
    const products = graph.op('Sub', [graph.op('Mul', [kr, re]), graph.op('Mul', [ki, im])]);
    return graph.op('ReduceSum', [products, graph.integers([1])], { keepdims: { int: keepdims } });
  }

  private parts(name: string, of: (layer: Recurrence) => ArrayLike<number>): [Value, Value] {
    const part = (index: 0 | 1, suffix: string) =>
      this.graph.constant(`${this.prefix}.${name}.${suffix}`, () =>
        floats(this.shape, stackedParts(this.layers.map(of), this.layers[0]!, index)),
      );
    return [part(0, 're'), part(1, 'im')];
  }
}
