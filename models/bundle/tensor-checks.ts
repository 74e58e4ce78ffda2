import { ModelError } from '../errors.js';

/** Throws MODEL_TENSOR_VALUE at the first value that is not finite. */
export function checkFinite(name: string, data: Float32Array): void {
  // x - x is 0 but for what is not finite: one pass without a branch per value.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new ModelError(
        'MODEL_TENSOR_VALUE',
        `Expected finite values in tensor ${name} but received ${data[i]} at ${i}.`,
      );
    }
  }
}

/** Throws MODEL_TENSOR_SHAPE unless both shapes are equal. */
export function checkShape(name: string, expected: readonly number[], received: readonly number[]): void {
  if (expected.length === received.length && expected.every((size, i) => size === received[i])) return;
  throw new ModelError(
    'MODEL_TENSOR_SHAPE',
    `Expected shape (${expected.join(', ')}) for tensor ${name} but received (${received.join(', ')}).`,
  );
}
