import type { Complex } from './complex.js';
import { type ComplexVector, secularRoots } from './secular-roots.js';

/**
 * The modes of one continuous SSM x' = (diag(A) - P Q^T) x + B u over the doubled space of both conjugate halves.
 * With d_n = z - A_n, the eigenvector of the eigenvalue z is P_n / d_n, from the left Q_n / d_n: each mode is known
 * from its eigenvalue alone. A conjugate pair is one mode, of its upper half; a real eigenvalue is one by itself.
 */
export interface Eigensystem {
  /** (K), K between N and 2 N. */
  readonly eigenvalues: ComplexVector;
  /** (K): 1 for a real eigenvalue, 2 for a pair. */
  readonly multiplicity: Uint8Array;
  /** (K, 2 N): right eigenvectors. */
  readonly vectors: ComplexVector;
  /** (K): what a unit of input gives to the mode, so that the sum over all modes of vector times input is B. */
  readonly inputs: ComplexVector;
}

/** Below it, relative to its size, an eigenvalue's imaginary part is rounding. */
const REAL_TOLERANCE = 1e-9;
/** Entries of P and Q are not smaller than this share of the largest: a mode that rank 1 does not reach stays a mode. */
const FLOOR = 1e-13;
const POLISH_STEPS = 3;

/** Undefined when the eigenvalues do not settle or do not pair: nearly defective systems, or two equal poles. */
export function eigensystem(
  A: readonly Complex[],
  B: readonly Complex[],
  P: readonly Complex[],
  Q: readonly Complex[],
): Eigensystem | undefined {
  const floor = FLOOR * (largest(P) + largest(Q) || 1);
  const poles = doubled(A);
  const [p, q] = [doubled(P, floor), doubled(Q, floor)];
  const residues = product(p, q);
  const roots = secularRoots(poles, residues);
  const kept = roots && upperHalf(roots);
  return kept && modesAt(kept, poles, p, q, residues, doubled(B));
}

/** Indices of pairs (their upper root) and of real roots; undefined when the halves do not match. */
function upperHalf(roots: ComplexVector): { roots: ComplexVector; multiplicity: Uint8Array } | undefined {
  const re: number[] = [];
  const im: number[] = [];
  const multiplicity: number[] = [];
  let balance = 0;
  for (const [k, x] of roots.re.entries()) {
    const y = roots.im[k]!;
    const isReal = Math.abs(y) <= REAL_TOLERANCE * Math.hypot(x, y);
    if (!isReal) balance += Math.sign(y);
    if (!isReal && y < 0) continue;
    re.push(x);
    im.push(isReal ? 0 : y);
    multiplicity.push(isReal ? 1 : 2);
  }
  if (balance !== 0) return undefined;
  return {
    roots: { re: Float64Array.from(re), im: Float64Array.from(im) },
    multiplicity: Uint8Array.from(multiplicity),
  };
}

function modesAt(
  { roots, multiplicity }: { roots: ComplexVector; multiplicity: Uint8Array },
  poles: ComplexVector,
  p: ComplexVector,
  q: ComplexVector,
  residues: ComplexVector,
  b: ComplexVector,
): Eigensystem {
  const count = roots.re.length;
  const size = poles.re.length;
  const eigenvalues = vector(count);
  const vectors = vector(count * size);
  const inputs = vector(count);
  const distances = vector(size);
  for (let k = 0; k < count; k++) {
    const near = nearest(poles, roots.re[k]!, roots.im[k]!);
    const offset = polish(
      near,
      roots.re[k]! - poles.re[near]!,
      roots.im[k]! - poles.im[near]!,
      poles,
      residues,
    );
    eigenvalues.re[k] = poles.re[near]! + offset.re;
    eigenvalues.im[k] = multiplicity[k] === 1 ? 0 : poles.im[near]! + offset.im;
    // Distances by way of the nearest pole: a difference of roots and poles would round the small ones away.
    for (let n = 0; n < size; n++) {
      distances.re[n] = poles.re[near]! - poles.re[n]! + offset.re;
      distances.im[n] = poles.im[near]! - poles.im[n]! + offset.im;
    }
    let [normR, normI, shareR, shareI] = [0, 0, 0, 0];
    for (let n = 0; n < size; n++) {
      const dr = distances.re[n]!;
      const di = distances.im[n]!;
      const norm = dr * dr + di * di;
      const ir = dr / norm;
      const ii = -di / norm;
      const vr = p.re[n]! * ir - p.im[n]! * ii;
      const vi = p.re[n]! * ii + p.im[n]! * ir;
      const wr = q.re[n]! * ir - q.im[n]! * ii;
      const wi = q.re[n]! * ii + q.im[n]! * ir;
      vectors.re[k * size + n] = vr;
      vectors.im[k * size + n] = vi;
      normR += wr * vr - wi * vi;
      normI += wr * vi + wi * vr;
      shareR += wr * b.re[n]! - wi * b.im[n]!;
      shareI += wr * b.im[n]! + wi * b.re[n]!;
    }
    const scale = normR * normR + normI * normI;
    inputs.re[k] = (shareR * normR + shareI * normI) / scale;
    inputs.im[k] = (shareI * normR - shareR * normI) / scale;
  }
  return { eigenvalues, multiplicity, vectors, inputs };
}

/**
 * Newton's method for the distance d of a root from its nearest pole: g(d) d + r = 0, with g the rest of f. Exact to
 * the last digits of d, where an eigenvalue is only so to the last digits of itself.
 */
function polish(
  near: number,
  re: number,
  im: number,
  poles: ComplexVector,
  residues: ComplexVector,
): Complex {
  let [dr, di] = [re, im];
  for (let i = 0; i < POLISH_STEPS; i++) {
    let [gr, gi, slopeR, slopeI] = [1, 0, 0, 0];
    for (let n = 0; n < poles.re.length; n++) {
      if (n === near) continue;
      const er = poles.re[near]! - poles.re[n]! + dr;
      const ei = poles.im[near]! - poles.im[n]! + di;
      const norm = er * er + ei * ei;
      const ir = er / norm;
      const ii = -ei / norm;
      const tr = residues.re[n]! * ir - residues.im[n]! * ii;
      const ti = residues.re[n]! * ii + residues.im[n]! * ir;
      gr += tr;
      gi += ti;
      slopeR -= tr * ir - ti * ii;
      slopeI -= tr * ii + ti * ir;
    }
    const hr = gr * dr - gi * di + residues.re[near]!;
    const hi = gr * di + gi * dr + residues.im[near]!;
    const sr = gr + slopeR * dr - slopeI * di;
    const si = gi + slopeR * di + slopeI * dr;
    const norm = sr * sr + si * si;
    if (norm === 0) break;
    dr -= (hr * sr + hi * si) / norm;
    di -= (hi * sr - hr * si) / norm;
  }
  return { re: dr, im: di };
}

function nearest(poles: ComplexVector, re: number, im: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < poles.re.length; n++) {
    const distance = Math.hypot(re - poles.re[n]!, im - poles.im[n]!);
    if (distance >= least) continue;
    least = distance;
    best = n;
  }
  return best;
}

/** Both conjugate halves of a vector of which one is stored; with `floor`, no entry is smaller. */
export function doubled(half: readonly Complex[], floor = 0): ComplexVector {
  const size = half.length;
  const out = vector(2 * size);
  for (const [n, { re, im }] of half.entries()) {
    const isSmall = Math.hypot(re, im) < floor;
    out.re[n] = out.re[n + size] = isSmall ? floor : re;
    out.im[n] = isSmall ? 0 : im;
    out.im[n + size] = -out.im[n]!;
  }
  return out;
}

function product(a: ComplexVector, b: ComplexVector): ComplexVector {
  return {
    re: a.re.map((re, n) => re * b.re[n]! - a.im[n]! * b.im[n]!),
    im: a.re.map((re, n) => re * b.im[n]! + a.im[n]! * b.re[n]!),
  };
}

function vector(length: number): ComplexVector {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

function largest(values: readonly Complex[]): number {
  return values.reduce((most, { re, im }) => Math.max(most, Math.hypot(re, im)), 0);
}
