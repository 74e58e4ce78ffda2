import type { Attribute, ElementType, Graph, Node, TensorValue, ValueInfo } from '../format/model-proto.js';

/** A value inside a graph, by its name. */
export type Value = string;

/** A value that a loop hands from one turn to the next. */
export interface Carried {
  readonly value: Value;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** What the body of a loop gives: the carried values, and values whose turns are stacked along a new first axis. */
export interface LoopTurn {
  readonly carried: readonly Value[];
  readonly stacked: readonly { readonly value: Value; readonly type: ElementType }[];
}

/** Names and constants that a graph and its subgraphs have in common. */
interface Shared {
  nextName: number;
  readonly constants: Map<string, TensorValue>;
}

/**
 * Writes one ONNX graph node by node, in order of execution. Names are numbered, so the same calls give the same
 * graph. Subgraphs (bodies of Loop and If) see the values and constants of the graph around them.
 */
export class GraphBuilder {
  private readonly shared: Shared;
  private readonly nodes: Node[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];

  constructor(around?: GraphBuilder) {
    this.shared = around?.shared ?? { nextName: 0, constants: new Map() };
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): Value {
    this.inputs.push({ name, type, shape });
    return name;
  }

  /** Gives `value` to the outside under `name`. */
  output(name: string, value: Value, type: ElementType, shape: readonly (number | string)[]): void {
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [name], attributes: {} });
    this.outputs.push({ name, type, shape });
  }

  /** A weight: `make` is called for the first use of a name. */
  constant(name: string, make: () => TensorValue): Value {
    if (!this.shared.constants.has(name)) this.shared.constants.set(name, make());
    return name;
  }

  /** Small integers, for shapes and indices. A single number is a scalar. */
  integers(value: number | readonly number[]): Value {
    const list = typeof value === 'number' ? [value] : value;
    const name = typeof value === 'number' ? `int.${value}` : `ints.${list.join('.')}`;
    return this.constant(name, () => ({
      type: 'int64',
      shape: typeof value === 'number' ? [] : [list.length],
      data: BigInt64Array.from(list.map(BigInt)),
    }));
  }

  scalar(value: number, type: 'float32' | 'float64' = 'float32'): Value {
    return this.constant(`${type}.${value}`, () => ({
      type,
      shape: [],
      data: type === 'float32' ? Float32Array.of(value) : Float64Array.of(value),
    }));
  }

  /** One node with one output. */
  op(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(op, inputs, 1, attributes)[0]!;
  }

  /** One node with several outputs. */
  ops(
    op: string,
    inputs: readonly Value[],
    numOutputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: numOutputs }, () => this.fresh());
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  reshape(value: Value, shape: readonly number[]): Value {
    return this.op('Reshape', [value, this.integers(shape)]);
  }

  /** Row `index` (a scalar) along the first axis, which goes. */
  row(value: Value, index: Value): Value {
    return this.op('Gather', [value, index], { axis: { int: 0 } });
  }

  /** `turns` (a scalar int64) times `body`; gives the carried values after the last turn, then the stacked ones. */
  loop(
    turns: Value,
    carried: readonly Carried[],
    body: (graph: GraphBuilder, turn: Value, carried: Value[]) => LoopTurn,
  ): { carried: Value[]; stacked: Value[] } {
    const graph = new GraphBuilder(this);
    const turn = graph.input(this.fresh(), 'int64', []);
    const condition = graph.input(this.fresh(), 'bool', []);
    const inside = carried.map(({ type, shape }) => graph.input(this.fresh(), type, shape));
    const result = body(graph, turn, inside);
    graph.output(this.fresh(), condition, 'bool', []);
    for (const [i, value] of result.carried.entries()) {
      graph.result(value, carried[i]!.type, inside);
    }
    for (const { value, type } of result.stacked) graph.result(value, type, inside);
    const outputs = this.ops(
      'Loop',
      [turns, '', ...carried.map(({ value }) => value)],
      carried.length + result.stacked.length,
      { body: { graph: graph.finish('body') } },
    );
    return { carried: outputs.slice(0, carried.length), stacked: outputs.slice(carried.length) };
  }

  /** Runs one of two subgraphs; both give as many values, of the same types. The node is called `name`, if given. */
  branch(
    condition: Value,
    types: readonly ElementType[],
    whenTrue: (graph: GraphBuilder) => readonly Value[],
    whenFalse: (graph: GraphBuilder) => readonly Value[],
    name?: string,
  ): Value[] {
    const subgraph = (make: (graph: GraphBuilder) => readonly Value[], name: string): Graph => {
      const graph = new GraphBuilder(this);
      for (const [i, value] of make(graph).entries()) graph.result(value, types[i]!);
      return graph.finish(name);
    };
    const attributes = {
      then_branch: { graph: subgraph(whenTrue, 'then') },
      else_branch: { graph: subgraph(whenFalse, 'else') },
    };
    const outputs = types.map(() => this.fresh());
    this.nodes.push({ op: 'If', inputs: [condition], outputs, attributes, ...(name && { name }) });
    return outputs;
  }

  /** The graph; of the outermost builder with all constants. */
  finish(name: string, isOutermost = false): Graph {
    return {
      name,
      inputs: this.inputs,
      outputs: this.outputs,
      nodes: this.nodes,
      initializers: isOutermost ? [...this.shared.constants] : [],
    };
  }

  /** An output of a subgraph. A value that no node of this graph makes, or that is given twice, needs a copy. */
  private result(value: Value, type: ElementType, inside: readonly Value[] = []): void {
    const isMadeHere = this.nodes.some(({ outputs }) => outputs.includes(value));
    const isTaken = this.outputs.some(({ name }) => name === value);
    const mustCopy = !isMadeHere || isTaken || inside.includes(value);
    const name = mustCopy ? this.op('Identity', [value]) : value;
    this.outputs.push({ name, type });
  }

  private fresh(): Value {
    return `v${this.shared.nextName++}`;
  }
}
