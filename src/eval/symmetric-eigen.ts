/** Off-diagonal power below this share of the whole is rounding. */
const TOLERANCE = 1e-30;
/** Twice what any matrix of some hundred rows needs. */
const MOST_SWEEPS = 60;

export interface SymmetricEigen {
  /** (size), in no order. */
  readonly values: Float64Array;
  /** (size, size), row-major: column k belongs to value k; orthonormal. */
  readonly vectors: Float64Array;
}

/** Of a symmetric matrix (size, size), row-major, by cyclic Jacobi rotations: exact to rounding, whatever its rank. `matrix` is kept. */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  const total = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, size) > TOLERANCE * total; sweep++) {
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q);
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors };
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const between = a[p * size + q]!;
  if (between === 0) return;
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * between);
  // The smaller of the two angles, without loss of digits.
  const tan = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(tan, 1);
  const sin = tan * cos;
  for (let k = 0; k < size; k++) mix(a, k * size + p, k * size + q, cos, sin);
  for (let k = 0; k < size; k++) mix(a, p * size + k, q * size + k, cos, sin);
  for (let k = 0; k < size; k++) mix(vectors, k * size + p, k * size + q, cos, sin);
}

function mix(values: Float64Array, p: number, q: number, cos: number, sin: number): void {
  const [x, y] = [values[p]!, values[q]!];
  values[p] = cos * x - sin * y;
  values[q] = sin * x + cos * y;
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) sum += 2 * a[p * size + q]! ** 2;
  return sum;
}
