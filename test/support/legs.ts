import { type Complex, complex } from '../../models/import/complex.js';

/**
 * HiPPO-LegS as S4 starts from it (S4, Gu, Goel, Re 2022, appendix C.1; state-spaces/s4, `nplr`): in `states` real
 * dimensions, A = normal - P P^T with P_n = sqrt(n + 1/2), B_n = sqrt(2 n + 1), in the eigenbasis of its normal part,
 * whose eigenvalues are -1/2 +- i w. The upper half is returned: `states` / 2 complex numbers each.
 */
export function legsInit(states: number): { A: Complex[]; B: Complex[]; P: Complex[] } {
  const p = Array.from({ length: states }, (_, n) => Math.sqrt(n + 0.5));
  const b = Array.from({ length: states }, (_, n) => Math.sqrt(2 * n + 1));
  // Lower triangle of LegS: -2 p_i p_j; adding P P^T leaves the skew matrix -+ p_i p_j and the diagonal -1/2.
  const skew = (i: number, j: number) => (i === j ? 0 : i > j ? -p[i]! * p[j]! : p[i]! * p[j]!);
  // An eigenvector u + i v of the skew matrix K at i w has K u = -w v and K v = w u: a symmetric matrix over (u, v).
  const size = 2 * states;
  const matrix = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (__, j) =>
      i < states === j < states ? 0 : i < states ? skew(i, j - states) : -skew(i - states, j),
    ),
  );
  const { values, vectors } = jacobi(matrix);
  // Every eigenvalue is there twice, for the vector and for i times it: one of each is taken.
  const order = [...values.keys()].filter((k) => values[k]! > 0).sort((k, l) => values[k]! - values[l]!);
  const chosen = order.filter((_, i) => i % 2 === 0);
  const along = (k: number, x: readonly number[]) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < states; n++) {
      re += vectors[n]![k]! * x[n]!;
      im -= vectors[n + states]![k]! * x[n]!;
    }
    const norm = Math.sqrt(vectors.reduce((sum, row) => sum + row[k]! * row[k]!, 0));
    return complex(re / norm, im / norm);
  };
  return {
    A: chosen.map((k) => complex(-0.5, values[k]!)),
    B: chosen.map((k) => along(k, b)),
    P: chosen.map((k) => along(k, p)),
  };
}

/** Eigenvalues and, as columns, eigenvectors of a symmetric matrix, by cyclic rotations. */
function jacobi(matrix: Float64Array[]): { values: Float64Array; vectors: Float64Array[] } {
  const size = matrix.length;
  const vectors = matrix.map((_, i) => Float64Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 14; sweep++) {
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) {
        const off = matrix[i]![j]!;
        if (Math.abs(off) < 1e-14) continue;
        const theta = (matrix[j]![j]! - matrix[i]![i]!) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (const row of [...matrix, ...vectors]) {
          const [x, y] = [row[i]!, row[j]!];
          row[i] = c * x - s * y;
          row[j] = s * x + c * y;
        }
        const [a, b] = [matrix[i]!, matrix[j]!];
        for (let k = 0; k < size; k++) {
          const [x, y] = [a[k]!, b[k]!];
          a[k] = c * x - s * y;
          b[k] = s * x + c * y;
        }
      }
    }
  }
  return { values: Float64Array.from({ length: size }, (_, i) => matrix[i]![i]!), vectors };
}
