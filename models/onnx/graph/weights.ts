import { whyNotRecurrent } from '../../bundle/layout.js';
import type { Bundle, SashimiArchitecture, Tensor } from '../../bundle/types.js';
import { ModelError } from '../../errors.js';
import type { TensorValue } from '../format/model-proto.js';
import type { GraphBuilder, Value } from './graph-builder.js';

/** The tensors of a bundle as constants of graphs. */
export class ModelWeights {
  readonly architecture: SashimiArchitecture;
  readonly levels: number;
  /** Whether every tier is steered: the graphs have an input `cond.{k}` for each. */
  readonly isConditioned: boolean;
  private readonly tensors: Bundle['tensors'];

  /** Throws MODEL_UNSUPPORTED for what has no recurrent form. */
  constructor({ manifest, tensors }: Bundle) {
    const { architecture, conditioning, quantiser } = manifest;
    const reason = whyNotRecurrent(architecture);
    if (reason !== undefined) throw new ModelError('MODEL_UNSUPPORTED', `No ONNX graph can run ${reason}.`);
    this.isConditioned = conditioning.length > 0;
    this.architecture = architecture;
    this.levels = quantiser.levels;
    this.tensors = tensors;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Throws MODEL_TENSOR_MISSING. */
  tensor(name: string): Tensor {
    const found = this.tensors.get(name);
    if (found !== undefined) return found;
    throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
  }

  /** A tensor as the bundle has it. */
  constant(graph: GraphBuilder, name: string): Value {
    return graph.constant(name, () => floats(this.tensor(name).shape, this.tensor(name).data));
  }

  /** y = x W^T + b for rows x (rows, inputs), W (outputs, inputs). */
  linear(graph: GraphBuilder, prefix: string, x: Value): Value {
    const matrix = graph.constant(`${prefix}.weight`, () => transposed(this.tensor(`${prefix}.weight`)));
    return graph.op('Gemm', [x, matrix, this.constant(graph, `${prefix}.bias`)]);
  }

  /** The down-pool of a tier: x (rows, pool * H), frame by frame, where the bundle's matrix takes channel by channel. */
  downPool(graph: GraphBuilder, tier: number, x: Value): Value {
    const prefix = `pool.down.${tier}`;
    const pool = this.architecture.pool[tier]!;
    const matrix = graph.constant(`${prefix}.weight`, () => {
      const { shape, data } = transposed(this.tensor(`${prefix}.weight`));
      const [inputs, outputs] = shape as [number, number];
      return floats(shape, byFrame(data as Float32Array, inputs / pool, pool, outputs));
    });
    return graph.op('Gemm', [x, matrix, this.constant(graph, `${prefix}.bias`)]);
  }

  /** The up-pool of a tier: (rows, pool * H), frame by frame. */
  upPool(graph: GraphBuilder, tier: number, x: Value): Value {
    const prefix = `pool.up.${tier}`;
    const pool = this.architecture.pool[tier]!;
    const matrix = graph.constant(`${prefix}.weight`, () => {
      const { shape, data } = this.tensor(`${prefix}.weight`);
      const [outputs, inputs] = shape as [number, number];
      return transposed({ shape, data: byFrame(data, outputs / pool, pool, inputs) });
    });
    const bias = graph.constant(`${prefix}.bias`, () => {
      const { shape, data } = this.tensor(`${prefix}.bias`);
      return floats(shape, byFrame(data, data.length / pool, pool, 1));
    });
    return graph.op('Gemm', [x, matrix, bias]);
  }
}

export function floats(shape: readonly number[], data: Float32Array): TensorValue {
  return { type: 'float32', shape, data };
}

/** (a, b) to (b, a). */
function transposed({ shape, data }: Tensor): TensorValue {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c]!;
  }
  return floats([columns, rows], turned);
}

/** Rows in the order channel, frame to rows in the order frame, channel; each row has `rowLength` values. */
function byFrame(data: Float32Array, channels: number, frames: number, rowLength: number): Float32Array {
  const ordered = new Float32Array(data.length);
  for (let h = 0; h < channels; h++) {
    for (let s = 0; s < frames; s++) {
      const from = (h * frames + s) * rowLength;
      ordered.set(data.subarray(from, from + rowLength), (s * channels + h) * rowLength);
    }
  }
  return ordered;
}
