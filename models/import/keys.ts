import { elementCount } from '../bundle/safetensors.js';
import { ModelError } from '../errors.js';
import type { CheckpointTensor, StateDict } from './checkpoint.js';

/** Where weight normalisation keeps a matrix: magnitude and direction, before and since PyTorch 2.1. */
const WEIGHT_NORM_NAMES = [
  ['weight_g', 'weight_v'],
  ['parametrizations.weight.original0', 'parametrizations.weight.original1'],
] as const;

/** Looks parameters up by their official names; what is missing or of another size is named in the error. */
export class Keys {
  private readonly names: readonly string[];

  constructor(private readonly stateDict: StateDict) {
    this.names = [...stateDict.keys()];
  }

  has(key: string): boolean {
    return this.stateDict.has(key);
  }

  /** Is there a parameter whose name begins so? */
  hasUnder(prefix: string): boolean {
    return this.names.some((name) => name.startsWith(prefix));
  }

  /** All names, in the order of the checkpoint. */
  all(): readonly string[] {
    return this.names;
  }

  /** The first of these that is there, else the first: the name to miss. */
  firstOf(...candidates: readonly [string, ...string[]]): string {
    return candidates.find((key) => this.has(key)) ?? candidates[0];
  }

  get(key: string): CheckpointTensor {
    const found = this.stateDict.get(key);
    if (found !== undefined) return found;
    throw new ModelError(
      'MODEL_CHECKPOINT_KEYS',
      `Expected a parameter ${key} in the checkpoint but there is none.`,
    );
  }

  /** One size of a parameter. */
  size(key: string, axis: number): number {
    const { shape } = this.get(key);
    const size = shape[axis];
    if (size === undefined) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected ${axis + 1} axes for ${key} but received (${shape.join(', ')}).`,
      );
    }
    return size;
  }

  /** The values of a parameter of this shape, give or take axes of length 1, in which the official layers differ. */
  values(key: string, shape: readonly number[]): Float64Array {
    const found = this.get(key);
    const isSame = withoutOnes(found.shape).join() === withoutOnes(shape).join();
    if (!isSame || elementCount(found.shape) !== elementCount(shape)) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected shape (${shape.join(', ')}) for ${key} but received (${found.shape.join(', ')}).`,
      );
    }
    return found.data;
  }

  /** Rows and columns of the matrix of a linear layer, plain or weight-normed. */
  matrixShape(layer: string): { outputs: number; inputs: number } {
    const key = this.directionKey(layer) ?? `${layer}.weight`;
    return { outputs: this.size(key, 0), inputs: this.size(key, 1) };
  }

  isWeightNormed(layer: string): boolean {
    return this.directionKey(layer) !== undefined;
  }

  /** The matrix of a linear layer, (outputs, inputs). Weight-normed rows are W = g v / |v|. */
  matrix(layer: string, outputs: number, inputs: number): Float64Array {
    const normed = WEIGHT_NORM_NAMES.find(([, direction]) => this.has(`${layer}.${direction}`));
    if (normed === undefined) return this.values(`${layer}.weight`, [outputs, inputs]);
    const magnitudes = this.values(`${layer}.${normed[0]}`, [outputs, 1]);
    const matrix = this.values(`${layer}.${normed[1]}`, [outputs, inputs]);
    for (let row = 0; row < outputs; row++) {
      const values = matrix.subarray(row * inputs, (row + 1) * inputs);
      const length = Math.hypot(...values);
      for (let i = 0; i < inputs; i++) values[i] = (magnitudes[row]! * values[i]!) / length;
    }
    return matrix;
  }

  private directionKey(layer: string): string | undefined {
    return WEIGHT_NORM_NAMES.map(([, direction]) => `${layer}.${direction}`).find((key) => this.has(key));
  }
}

function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}
