/**
 * Eigenvalues of a diagonal matrix plus one of rank 1, diag(A) - P Q^T: the roots of its secular equation
 * f(z) = 1 + sum_n r_n / (z - A_n) with r_n = P_n Q_n (Golub 1973, section 5), by the iteration of Ehrlich (1967) and
 * Aberth (1973) on f(z) prod_n (z - A_n). All roots at once, none of them deflated, no matrix.
 */

/** Complex numbers of one vector, parts apart: the iteration is the hot loop of an import. */
export interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const MAX_SWEEPS = 120;
/** A value of f as small as what its own sum rounds away is 0. */
const ROUNDING = 4 * Number.EPSILON;
/** Starts are moved off the symmetry of conjugate pairs, which would keep two real roots from parting. */
const TILT = 1e-3;

/**
 * The roots, in no order; undefined when they do not settle. `poles` (M) must be distinct, `residues` (M) not 0.
 */
export function secularRoots(poles: ComplexVector, residues: ComplexVector): ComplexVector | undefined {
  const roots = startingPoints(poles, residues);
  const size = roots.re.length;
  const isSettled = new Uint8Array(size);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let numMoving = 0;
    for (let k = 0; k < size; k++) {
      if (isSettled[k] === 1) continue;
      if (moveRoot(k, roots, poles, residues)) numMoving++;
      else isSettled[k] = 1;
    }
    if (numMoving === 0)
      return roots.re.every(Number.isFinite) && roots.im.every(Number.isFinite) ? roots : undefined;
  }
  return undefined;
}

/** One step of one root, in place; false when there was none to make. */
function moveRoot(k: number, roots: ComplexVector, poles: ComplexVector, residues: ComplexVector): boolean {
  const zr = roots.re[k]!;
  const zi = roots.im[k]!;
  let fr = 1;
  let fi = 0;
  let slopeR = 0;
  let slopeI = 0;
  let size = 1;
  // Of sum 1 / (z - A_n) - sum 1 / (z - other root).
  let repelR = 0;
  let repelI = 0;
  for (let n = 0; n < poles.re.length; n++) {
    const dr = zr - poles.re[n]!;
    const di = zi - poles.im[n]!;
    const norm = dr * dr + di * di;
    // Closer to its pole than numbers are: so small a residue moves the root by its share of 1e-16.
    if (norm === 0) return false;
    // 1 / (z - A_n), then r_n / (z - A_n).
    const ir = dr / norm;
    const ii = -di / norm;
    const tr = residues.re[n]! * ir - residues.im[n]! * ii;
    const ti = residues.re[n]! * ii + residues.im[n]! * ir;
    fr += tr;
    fi += ti;
    size += Math.abs(tr) + Math.abs(ti);
    slopeR -= tr * ir - ti * ii;
    slopeI -= tr * ii + ti * ir;
    repelR += ir;
    repelI += ii;
  }
  if (Math.abs(fr) + Math.abs(fi) <= ROUNDING * size) return false;
  for (let j = 0; j < roots.re.length; j++) {
    if (j === k) continue;
    const dr = zr - roots.re[j]!;
    const di = zi - roots.im[j]!;
    const norm = dr * dr + di * di;
    if (norm === 0) continue;
    repelR -= dr / norm;
    repelI += di / norm;
  }
  // The step is 1 / (f'/f + repel).
  const fNorm = fr * fr + fi * fi;
  const denominatorR = (slopeR * fr + slopeI * fi) / fNorm + repelR;
  const denominatorI = (slopeI * fr - slopeR * fi) / fNorm + repelI;
  const norm = denominatorR * denominatorR + denominatorI * denominatorI;
  const stepR = denominatorR / norm;
  const stepI = -denominatorI / norm;
  roots.re[k] = zr - stepR;
  roots.im[k] = zi - stepI;
  return Math.abs(stepR) + Math.abs(stepI) > Number.EPSILON * (Math.abs(zr) + Math.abs(zi));
}

/**
 * Where one pole alone would put its root: A_n - r_n / (1 + what the other poles add there). Not farther than the
 * nearest other pole, as a strong rank 1 moves the roots far from all poles.
 */
function startingPoints(poles: ComplexVector, residues: ComplexVector): ComplexVector {
  const size = poles.re.length;
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let n = 0; n < size; n++) {
    let sumR = 1;
    let sumI = 0;
    let gap = Number.POSITIVE_INFINITY;
    for (let m = 0; m < size; m++) {
      if (m === n) continue;
      const dr = poles.re[n]! - poles.re[m]!;
      const di = poles.im[n]! - poles.im[m]!;
      const norm = dr * dr + di * di;
      gap = Math.min(gap, Math.sqrt(norm));
      sumR += (residues.re[m]! * dr + residues.im[m]! * di) / norm;
      sumI += (residues.im[m]! * dr - residues.re[m]! * di) / norm;
    }
    const norm = sumR * sumR + sumI * sumI;
    let dr = -(residues.re[n]! * sumR + residues.im[n]! * sumI) / norm;
    let di = -(residues.im[n]! * sumR - residues.re[n]! * sumI) / norm;
    const length = Math.hypot(dr, di);
    const shrink = Number.isFinite(gap) ? Math.min(1, gap / (2 * length)) : 1;
    dr *= shrink;
    di *= shrink;
    const tilt = TILT * (1 + n / size);
    re[n] = poles.re[n]! + dr - tilt * di;
    im[n] = poles.im[n]! + di + tilt * dr;
  }
  return { re, im };
}
