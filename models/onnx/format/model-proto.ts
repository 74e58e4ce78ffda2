import { Message } from './protobuf.js';

/**
 * The messages of onnx.proto3 (onnx/onnx, Apache-2.0, IR version 9) that our graphs consist of, written as bytes.
 * Field numbers are those of that file. Nothing here depends on the time or on hash order: the same graph, the same bytes.
 */

export type ElementType = 'float32' | 'float64' | 'int64' | 'int32' | 'bool';

const elementTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** IR version of opset 20. */
const IR_VERSION = 9;
/** The first opset with Gelu. */
export const OPSET = 20;

export interface TensorValue {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Row-major; bool has one byte per element. */
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;
}

/** What a graph takes or gives. A dimension is a size, or the name of one that is known at run time. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /** Left out: to be inferred. */
  readonly shape?: readonly (number | string)[];
}

/** Integers are numbers with the type `int`; `float` must be told apart, 1 is both. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly graph: Graph };

export interface Node {
  readonly op: string;
  /** Where something outside speaks of it. */
  readonly name?: string;
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly (readonly [name: string, value: TensorValue])[];
}

/** A ModelProto. `metadata` is shown by viewers and readable through every runtime. */
export function modelMessage(
  graph: Graph,
  producerVersion: string,
  metadata: Readonly<Record<string, string>>,
): Message {
  const model = new Message()
    .integer(1, IR_VERSION)
    .text(2, 'sashimi-live')
    .text(3, producerVersion)
    .message(7, graphMessage(graph))
    .message(8, new Message().text(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, new Message().text(1, key).text(2, value));
  }
  return model;
}

function graphMessage(graph: Graph): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(1, nodeMessage(node));
  message.text(2, graph.name);
  for (const [name, value] of graph.initializers) message.message(5, tensorMessage(name, value));
  for (const input of graph.inputs) message.message(11, valueMessage(input));
  for (const output of graph.outputs) message.message(12, valueMessage(output));
  return message;
}

function nodeMessage({ op, name: called, inputs, outputs, attributes }: Node): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  if (called !== undefined) message.text(3, called);
  message.text(4, op);
  for (const [name, attribute] of Object.entries(attributes)) {
    message.message(5, attributeMessage(name, attribute));
  }
  return message;
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().text(1, name);
  if ('float' in attribute) return message.float(2, attribute.float).integer(20, 1);
  if ('int' in attribute) return message.integer(3, BigInt(attribute.int)).integer(20, 2);
  if ('text' in attribute) return message.text(4, attribute.text).integer(20, 3);
  if ('graph' in attribute) return message.message(6, graphMessage(attribute.graph)).integer(20, 5);
  return message.packed(8, attribute.ints.map(BigInt)).integer(20, 7);
}

function tensorMessage(name: string, { type, shape, data }: TensorValue): Message {
  return new Message()
    .packed(1, shape)
    .integer(2, elementTypes[type])
    .text(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueMessage({ name, type, shape }: ValueInfo): Message {
  const tensor = new Message().integer(1, elementTypes[type]);
  if (shape !== undefined) {
    const dims = new Message();
    for (const dim of shape) {
      dims.message(1, typeof dim === 'number' ? new Message().integer(1, dim) : new Message().text(2, dim));
    }
    tensor.message(2, dims);
  }
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
