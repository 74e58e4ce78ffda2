import type { Tensor } from '../bundle/types.js';
import { erf } from './erf.js';

/** The memoryless layers, in float64. Weights are copied once from float32; no method allocates. */

/** Output rows that one pass over the input computes: four independent sums hide the latency of an addition. */
const PANEL_ROWS = 4;
const LAYER_NORM_EPSILON = 1e-5;

/** y = W x + b, W (outputs, inputs). */
export class Linear {
  readonly inputs: number;
  readonly outputs: number;
  /** Whole panels of W, each (inputs, PANEL_ROWS): read strictly forwards. */
  private readonly panels: Float64Array;
  /** The last rows that fill no panel, row-major. */
  private readonly rest: Float64Array;
  private readonly bias: Float64Array;

  constructor(weight: Tensor, bias: Tensor) {
    const [outputs, inputs] = weight.shape as [number, number];
    this.inputs = inputs;
    this.outputs = outputs;
    this.bias = Float64Array.from(bias.data);
    const panelled = outputs - (outputs % PANEL_ROWS);
    this.panels = new Float64Array(panelled * inputs);
    for (let row = 0; row < panelled; row++) {
      const panel = row - (row % PANEL_ROWS);
      for (let i = 0; i < inputs; i++) {
        this.panels[panel * inputs + i * PANEL_ROWS + (row % PANEL_ROWS)] = weight.data[row * inputs + i]!;
      }
    }
    this.rest = Float64Array.from(weight.data.subarray(panelled * inputs));
  }

  /** `x` (inputs), `y` (outputs); they must not overlap. */
  apply(x: Float64Array, y: Float64Array): void {
    const { inputs, outputs, panels, rest, bias } = this;
    const panelled = outputs - (outputs % PANEL_ROWS);
    let w = 0;
    for (let row = 0; row < panelled; row += PANEL_ROWS) {
      let sum0 = bias[row]!;
      let sum1 = bias[row + 1]!;
      let sum2 = bias[row + 2]!;
      let sum3 = bias[row + 3]!;
      for (let i = 0; i < inputs; i++) {
        const xi = x[i]!;
        sum0 += panels[w]! * xi;
        sum1 += panels[w + 1]! * xi;
        sum2 += panels[w + 2]! * xi;
        sum3 += panels[w + 3]! * xi;
        w += PANEL_ROWS;
      }
      y[row] = sum0;
      y[row + 1] = sum1;
      y[row + 2] = sum2;
      y[row + 3] = sum3;
    }
    w = 0;
    for (let row = panelled; row < outputs; row++) {
      let sum = bias[row]!;
      for (let i = 0; i < inputs; i++) sum += rest[w++]! * x[i]!;
      y[row] = sum;
    }
  }
}

/** A normalisation over the width of one frame. */
export interface Norm {
  /** `x` and `y` (width) may be the same array. */
  apply(x: Float64Array, y: Float64Array): void;
}

/** nn.LayerNorm: y = (x - mean) / sqrt(var + 1e-5) * weight + bias, var biased. */
export class LayerNorm implements Norm {
  private readonly weight: Float64Array;
  private readonly bias: Float64Array;

  constructor(weight: Tensor, bias: Tensor) {
    this.weight = Float64Array.from(weight.data);
    this.bias = Float64Array.from(bias.data);
  }

  apply(x: Float64Array, y: Float64Array): void {
    const { weight, bias } = this;
    const width = weight.length;
    const mean = meanOf(x, width);
    const scale = 1 / Math.sqrt(varianceOf(x, mean, width) + LAYER_NORM_EPSILON);
    for (let h = 0; h < width; h++) y[h] = (x[h]! - mean) * scale * weight[h]! + bias[h]!;
  }
}

/** TransposedLN of the training repository: y = s / std * (x - mean + m), std biased, no epsilon. */
export class ScalarNorm implements Norm {
  private readonly width: number;
  private readonly offset: number;
  private readonly scale: number;

  constructor(width: number, m: Tensor, s: Tensor) {
    this.width = width;
    this.offset = m.data[0]!;
    this.scale = s.data[0]!;
  }

  apply(x: Float64Array, y: Float64Array): void {
    const { width, offset } = this;
    const mean = meanOf(x, width);
    const scale = this.scale / Math.sqrt(varianceOf(x, mean, width));
    for (let h = 0; h < width; h++) y[h] = scale * (x[h]! - mean + offset);
  }
}

/** GELU by the exact error function, in place over x[0..length). */
export function geluInPlace(x: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const value = x[i]!;
    x[i] = 0.5 * value * (1 + erf(value * Math.SQRT1_2));
  }
}

/** stream[h] += o[h] * sigmoid(o[width + h]): the values come first, then the gates. */
export function addGated(stream: Float64Array, o: Float64Array, width: number): void {
  for (let h = 0; h < width; h++) stream[h] = stream[h]! + o[h]! / (1 + Math.exp(-o[width + h]!));
}

/** stream[h] += o[h]. */
export function addInPlace(stream: Float64Array, o: Float64Array, width: number): void {
  for (let h = 0; h < width; h++) stream[h] = stream[h]! + o[h]!;
}

function meanOf(x: Float64Array, width: number): number {
  let sum = 0;
  for (let h = 0; h < width; h++) sum += x[h]!;
  return sum / width;
}

function varianceOf(x: Float64Array, mean: number, width: number): number {
  let sum = 0;
  for (let h = 0; h < width; h++) {
    const d = x[h]! - mean;
    sum += d * d;
  }
  return sum / width;
}
