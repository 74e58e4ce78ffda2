/** The Frechet distance of sets of vectors, each taken for a Gaussian. */

export interface Gaussian {
  /** (d). */
  readonly mean: Float64Array;
  /** (d, d), row-major and symmetric. */
  readonly covariance: Float64Array;
}

/** With the unbiased covariance; of at least two rows of equal length. */
export function fitGaussian(rows: readonly ArrayLike<number>[]): Gaussian {
  const dim = rows[0]!.length;
  const mean = new Float64Array(dim);
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i]! += row[i]! / rows.length;
  const covariance = new Float64Array(dim * dim);
  const centred = new Float64Array(dim);
  for (const row of rows) {
    for (let i = 0; i < dim; i++) centred[i] = row[i]! - mean[i]!;
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j < dim; j++) covariance[i * dim + j]! += centred[i]! * centred[j]!;
    }
  }
  return { mean, covariance: covariance.map((sum) => sum / (rows.length - 1)) };
}

/**
 * |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)): 0 for equal Gaussians. The trace of the last root is that of
 * (R S_b R)^(1/2) with R the symmetric root of S_a, which is exact for singular covariances too.
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const dim = a.mean.length;
  const gap = a.mean.reduce((sum, x, i) => sum + (x - b.mean[i]!) ** 2, 0);
  const root = symmetricRoot(a.covariance, dim);
  const inner = product(product(root, b.covariance, dim), root, dim);
  const { values } = symmetricEigen(inner, dim);
  const rootTrace = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, gap + trace(a.covariance, dim) + trace(b.covariance, dim) - 2 * rootTrace);
}

/** Eigenvalues (d), and vectors (d, d) as columns, of a symmetric matrix (d, d), by cyclic Jacobi rotations. */
export function symmetricEigen(
  matrix: Float64Array,
  dim: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const m = matrix.slice();
  const vectors = identity(dim);
  const scale = trace(m.map(Math.abs), dim) + Number.MIN_VALUE;
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(m, dim) > ROTATED_ENOUGH * scale; sweep++) {
    for (let p = 0; p < dim; p++) {
      for (let q = p + 1; q < dim; q++) if (m[p * dim + q] !== 0) rotate(m, vectors, dim, p, q);
    }
  }
  return { values: Float64Array.from({ length: dim }, (_, i) => m[i * dim + i]!), vectors };
}

const MOST_SWEEPS = 50;
/** What may be left off the diagonal, of the trace. */
const ROTATED_ENOUGH = 1e-14;

/** Makes entry (p, q) zero. */
function rotate(m: Float64Array, vectors: Float64Array, dim: number, p: number, q: number): void {
  const theta = (m[q * dim + q]! - m[p * dim + p]!) / (2 * m[p * dim + q]!);
  const tan = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(tan, 1);
  const sin = tan * cos;
  const turn = (x: Float64Array, at: number, to: number): void => {
    const [u, v] = [x[at]!, x[to]!];
    x[at] = cos * u - sin * v;
    x[to] = sin * u + cos * v;
  };
  for (let k = 0; k < dim; k++) turn(m, k * dim + p, k * dim + q);
  for (let k = 0; k < dim; k++) turn(m, p * dim + k, q * dim + k);
  for (let k = 0; k < dim; k++) turn(vectors, k * dim + p, k * dim + q);
}

/** V diag(sqrt(max(0, values))) V^T. */
function symmetricRoot(matrix: Float64Array, dim: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, dim);
  const roots = values.map((value) => Math.sqrt(Math.max(0, value)));
  const root = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < dim; j++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += vectors[i * dim + k]! * roots[k]! * vectors[j * dim + k]!;
      root[i * dim + j] = sum;
    }
  }
  return root;
}

function product(a: Float64Array, b: Float64Array, dim: number): Float64Array {
  const c = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let k = 0; k < dim; k++) {
      const x = a[i * dim + k]!;
      for (let j = 0; j < dim; j++) c[i * dim + j]! += x * b[k * dim + j]!;
    }
  }
  return c;
}

function identity(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0));
}

function trace(m: Float64Array, dim: number): number {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += m[i * dim + i]!;
  return sum;
}

/** Root of the sum of squares. */
function offDiagonal(m: Float64Array, dim: number): number {
  let sum = 0;
  for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) if (i !== j) sum += m[i * dim + j]! ** 2;
  return Math.sqrt(sum);
}
