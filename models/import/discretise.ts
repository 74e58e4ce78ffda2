import { ModelError } from '../errors.js';
import {
  add,
  type Complex,
  complex,
  conjugate,
  divide,
  exponential,
  exponentialMinusOne,
  multiply,
  pairDot,
  scale,
  subtract,
} from './complex.js';
import { identityMinusPower, solve } from './linear-algebra.js';

/**
 * Trained SSM parameters of one channel to the step coefficients of docs/bundle-format.md, in float64.
 * Sources: S4 (Gu, Goel, Re 2022), appendix C; S4D (Gu et al. 2022), section 3; state-spaces/s4,
 * models/s4/s4.py. Only one half of the conjugate pairs is stored: vectors of N complex numbers
 * stand for 2N, hence the factors 2 and `pairDot`.
 */

/** One channel after the parameter transforms: dt in seconds of model time, A the diagonal. */
export interface ContinuousChannel {
  readonly dt: number;
  readonly A: readonly Complex[];
  readonly B: readonly Complex[];
  readonly C: readonly Complex[];
}

export interface S4dStep {
  readonly a: readonly Complex[];
  readonly c: readonly Complex[];
}

export interface S4Step extends S4dStep {
  readonly b: readonly Complex[];
  readonly p: readonly Complex[];
  readonly q: readonly Complex[];
}

/**
 * S4D: x <- a x + u, y = sum Re(c x).
 * zoh: a = exp(dt A), b = (exp(dt A) - 1) / A. bilinear: a = (1 + z/2) / (1 - z/2), b = dt / (1 - z/2), z = dt A.
 * The input coefficient b B and the factor 2 of the conjugate half are folded into c.
 */
export function discretiseS4d(channel: ContinuousChannel, method: 'zoh' | 'bilinear'): S4dStep {
  const { dt, A, B, C } = channel;
  const a: Complex[] = [];
  const c: Complex[] = [];
  for (let n = 0; n < A.length; n++) {
    const z = scale(A[n]!, dt);
    const inverse = divide(complex(1), subtract(complex(1), scale(z, 0.5)));
    const input = method === 'zoh' ? divide(exponentialMinusOne(z), A[n]!) : scale(inverse, dt);
    a.push(method === 'zoh' ? exponential(z) : multiply(add(complex(1), scale(z, 0.5)), inverse));
    c.push(scale(multiply(multiply(B[n]!, input), C[n]!), 2));
  }
  return { a, c };
}

/**
 * S4 (DPLR), bilinear, of the matrix diag(A) - P Q^T, with Q = conj(P) but in the oldest checkpoints:
 * s = sum Re(q x); x <- a x + p s + b u; y = sum Re(c x).
 *
 * With D = 1 / (2/dt - A), E = 2/dt + A, R = Q D / (1 + 2 Re sum(Q D P)), the official step is
 * y = E x - P dot(Q, x) + 2 B u; x' = D (y - P dot(R, y)). Expanding dot(R, y) leaves one inner product of x:
 * x' = D E x - D P dot((1 - dot(R, P)) Q + R E, x) + 2 D (B - P dot(R, B)) u.
 */
export function discretiseS4(
  channel: ContinuousChannel,
  P: readonly Complex[],
  Q: readonly Complex[] = P.map(conjugate),
): S4Step {
  const { dt, A, B, C } = channel;
  const D = A.map((pole) => divide(complex(1), subtract(complex(2 / dt), pole)));
  const E = A.map((pole) => add(complex(2 / dt), pole));
  const QD = Q.map((value, n) => multiply(value, D[n]!));
  const denominator = 1 + pairDot(QD, P);
  const R = QD.map((value) => scale(value, 1 / denominator));
  const keep = 1 - pairDot(R, P);
  const inputShare = pairDot(R, B);
  return {
    a: D.map((value, n) => multiply(value, E[n]!)),
    p: D.map((value, n) => scale(multiply(value, P[n]!), -1)),
    // The factor 2 of dot() is folded in.
    q: Q.map((value, n) => scale(add(scale(value, keep), multiply(R[n]!, E[n]!)), 2)),
    b: D.map((value, n) => scale(multiply(value, subtract(B[n]!, scale(P[n]!, inputShare))), 2)),
    c: C.map((value) => scale(value, 2)),
  };
}

/**
 * Undoes the kernel truncation that is folded into a checkpoint's C (S4, appendix C.3): official S4 layers
 * store C~ = C (I - dA^L), with L their `l_kernel`. Returns C. `cTilde` is the stored half.
 *
 * Works on the real form of the step matrix, over (re x_1, im x_1, re x_2, ...): it is as large as the
 * doubled complex one, and real. y = sum Re(c x) is the row (re c_1, -im c_1, ...) in this form.
 * Throws MODEL_DISCRETISE when I - dA^L is singular.
 */
export function undoKernelTruncation(
  step: Pick<S4Step, 'a' | 'p' | 'q'>,
  cTilde: readonly Complex[],
  kernelLength: number,
): Complex[] {
  if (kernelLength === 0) return [...cTilde];
  const size = 2 * step.a.length;
  const truncation = identityMinusPower(realStepMatrix(step), size, kernelLength);
  const row = new Float64Array(size);
  cTilde.forEach((value, n) => {
    row[2 * n] = value.re;
    row[2 * n + 1] = -value.im;
  });
  // row(C~) = row(C) (I - dA^L), so row(C) solves the transposed system.
  if (!solve(transposed(truncation, size), row, size)) {
    throw new ModelError(
      'MODEL_DISCRETISE',
      `Expected I - dA^L to be invertible for kernel length ${kernelLength}, but it is singular.`,
    );
  }
  return cTilde.map((_, n) => complex(row[2 * n]!, -row[2 * n + 1]!));
}

/** Row-major (2N, 2N): x <- a x + p sum Re(q x), over the interleaved real and imaginary parts. */
export function realStepMatrix({ a, p, q }: Pick<S4Step, 'a' | 'p' | 'q'>): Float64Array {
  const size = 2 * a.length;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < a.length; j++) {
      matrix[2 * i * size + 2 * j] = p[i]!.re * q[j]!.re;
      matrix[2 * i * size + 2 * j + 1] = -p[i]!.re * q[j]!.im;
      matrix[(2 * i + 1) * size + 2 * j] = p[i]!.im * q[j]!.re;
      matrix[(2 * i + 1) * size + 2 * j + 1] = -p[i]!.im * q[j]!.im;
    }
    const diagonal = 2 * i * size + 2 * i;
    matrix[diagonal] = matrix[diagonal]! + a[i]!.re;
    matrix[diagonal + 1] = matrix[diagonal + 1]! - a[i]!.im;
    matrix[diagonal + size] = matrix[diagonal + size]! + a[i]!.im;
    matrix[diagonal + size + 1] = matrix[diagonal + size + 1]! + a[i]!.re;
  }
  return matrix;
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) out[j * size + i] = matrix[i * size + j]!;
  return out;
}
