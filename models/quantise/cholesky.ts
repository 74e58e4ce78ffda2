import { ModelError } from '../errors.js';

/** H = L D L^T: L (size, size) row-major with ones on its diagonal, of which only what lies below is stored. */
export interface Cholesky {
  readonly size: number;
  readonly lower: Float64Array;
  readonly diagonal: Float64Array;
}

/** Of a symmetric, positive definite `matrix` (size, size). Throws MODEL_ARGUMENT for any other. */
export function cholesky(matrix: Float64Array, size: number): Cholesky {
  const lower = Float64Array.from(matrix);
  const diagonal = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    let pivot = matrix[rowI + i]!;
    for (let j = 0; j < i; j++) {
      // Until it is divided, the entry is L_ij D_j.
      const rowJ = j * size;
      let sum = lower[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= lower[rowI + k]! * lower[rowJ + k]!;
      lower[rowI + j] = sum;
    }
    for (let j = 0; j < i; j++) {
      const scaled = lower[rowI + j]!;
      const factor = scaled / diagonal[j]!;
      pivot -= scaled * factor;
      lower[rowI + j] = factor;
    }
    if (!(pivot > 0))
      throw new ModelError(
        'MODEL_ARGUMENT',
        `Expected a positive definite matrix but pivot ${i} is ${pivot}.`,
      );
    diagonal[i] = pivot;
  }
  return { size, lower, diagonal };
}

/** Solves H x = b, in place over `b` (size). */
export function solveCholesky({ size, lower, diagonal }: Cholesky, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * size + k]! * b[k]!;
    b[i] = sum;
  }
  for (let i = 0; i < size; i++) b[i] = b[i]! / diagonal[i]!;
  for (let i = size - 1; i >= 0; i--) {
    const x = b[i]!;
    for (let k = 0; k < i; k++) b[k] = b[k]! - lower[i * size + k]! * x;
  }
}
