/** How far two sets of points are from each other, as far as means and covariances tell. */
import { symmetricEigen } from './symmetric-eigen.js';

/** A normal distribution over `dim` numbers. */
export interface Gaussian {
  readonly dim: number;
  /** (dim) */
  readonly mean: Float64Array;
  /** (dim, dim), row-major, symmetric; of any rank. */
  readonly covariance: Float64Array;
}

/** Of `rows` (count, dim), row-major: the unbiased covariance, so at least two rows. */
export function fitGaussian(rows: ArrayLike<number>, dim: number): Gaussian {
  const count = rows.length / dim;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(`${rows.length} numbers are not two or more rows of ${dim}.`);
  }
  const mean = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) mean[i % dim] = mean[i % dim]! + rows[i]! / count;
  const covariance = new Float64Array(dim * dim);
  const gap = new Float64Array(dim);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dim; i++) gap[i] = rows[row * dim + i]! - mean[i]!;
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j <= i; j++) {
        covariance[i * dim + j] = covariance[i * dim + j]! + (gap[i]! * gap[j]!) / (count - 1);
      }
    }
  }
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < i; j++) covariance[j * dim + i] = covariance[i * dim + j]!;
  }
  return { dim, mean, covariance };
}

/**
 * The squared Frechet (2-Wasserstein) distance: |m_a - m_b|^2 + trace(S_a + S_b - 2 (S_a S_b)^(1/2)), as Dowson and
 * Landau have it (The Frechet distance between multivariate normal distributions, 1982). The last root has the trace of
 * that of the symmetric R S_b R with R = S_a^(1/2), so it needs no inverse, and no matrix need be of full rank.
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const { dim } = a;
  if (b.dim !== dim) throw new RangeError(`one has ${dim} numbers, the other ${b.dim}.`);
  let distance = 0;
  for (let i = 0; i < dim; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * dim + i]! + b.covariance[i * dim + i]!;
  }
  const root = squareRoot(a.covariance, dim);
  const inner = product(product(root, b.covariance, dim), root, dim);
  for (const value of symmetricEigen(symmetrised(inner, dim), dim).values) {
    distance -= 2 * Math.sqrt(Math.max(0, value));
  }
  return Math.max(0, distance);
}

/** The symmetric root; eigenvalues below 0 are rounding. */
function squareRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size);
  const out = new Float64Array(size * size);
  for (const [k, value] of values.entries()) {
    const root = Math.sqrt(Math.max(0, value));
    if (root === 0) continue;
    for (let i = 0; i < size; i++) {
      const share = root * vectors[i * size + k]!;
      for (let j = 0; j < size; j++) {
        out[i * size + j] = out[i * size + j]! + share * vectors[j * size + k]!;
      }
    }
  }
  return out;
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!;
      for (let j = 0; j < size; j++) out[i * size + j] = out[i * size + j]! + factor * b[k * size + j]!;
    }
  }
  return out;
}

function symmetrised(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((value, at) => (value + matrix[(at % size) * size + Math.floor(at / size)]!) / 2);
}
