import assert from 'node:assert/strict';
import { add, type Complex, complex, conjugate, multiply } from '../../../models/import/complex.js';
import {
  type ContinuousChannel,
  discretiseS4,
  discretiseS4d,
  type S4Step,
  undoKernelTruncation,
} from '../../../models/import/discretise.js';
import { solve } from '../../../models/import/linear-algebra.js';
import { assertModelError } from '../../support/model-errors.js';
import { gaussian, seededRandom } from '../../support/random.js';

const PAIRS = 3;
const normal = gaussian(seededRandom(4));
const vector = (): Complex[] => Array.from({ length: PAIRS }, () => complex(normal(), normal()));
const channel: ContinuousChannel = {
  dt: 0.1,
  A: Array.from({ length: PAIRS }, (_, n) => complex(-0.5 - 0.2 * n, 2 * n + 1)),
  B: vector(),
  C: vector(),
};
const P = vector();

/** Impulse response of step coefficients: y_t = sum Re(c x_t). `s4` as docs/bundle-format.md has it. */
function impulseResponse(step: S4Step, numFrames: number): number[] {
  let x = step.a.map(() => complex(0));
  return Array.from({ length: numFrames }, (_, t) => {
    const s = realDot(step.q, x);
    x = x.map((value, n) => {
      const rotated = add(multiply(step.a[n]!, value), multiply(step.p[n]!, complex(s)));
      return t === 0 ? add(rotated, step.b[n]!) : rotated;
    });
    return realDot(step.c, x);
  });
}

function realDot(a: readonly Complex[], b: readonly Complex[]): number {
  return a.reduce((sum, value, n) => sum + multiply(value, b[n]!).re, 0);
}

/**
 * The bilinear step of the doubled, dense system, by solving (I - dt/2 M) x' = (I + dt/2 M) x + dt B u with
 * M = diag(A) - P P^*, as real equations. Nothing of the code under test but the solver.
 */
function denseImpulseResponse(numFrames: number): number[] {
  const A = [...channel.A, ...channel.A.map(conjugate)];
  const B = [...channel.B, ...channel.B.map(conjugate)];
  const C = [...channel.C, ...channel.C.map(conjugate)];
  const full = [...P, ...P.map(conjugate)];
  const M = full.map((p, i) =>
    full.map((q, j) => add(i === j ? A[i]! : complex(0), multiply(scaled(p, -1), conjugate(q)))),
  );
  let x = A.map(() => complex(0));
  return Array.from({ length: numFrames }, (_, t) => {
    const rhs = x.map((value, i) => {
      const moved = M[i]!.reduce((sum, m, j) => add(sum, multiply(m, x[j]!)), complex(0));
      return add(add(value, scaled(moved, channel.dt / 2)), scaled(B[i]!, t === 0 ? channel.dt : 0));
    });
    x = solveComplex(
      M.map((row, i) => row.map((m, j) => add(complex(i === j ? 1 : 0), scaled(m, -channel.dt / 2)))),
      rhs,
    );
    return C.reduce((sum, c, n) => sum + multiply(c, x[n]!).re, 0);
  });
}

const scaled = (a: Complex, factor: number) => multiply(a, complex(factor));

function solveComplex(matrix: Complex[][], rhs: Complex[]): Complex[] {
  const size = 2 * rhs.length;
  const real = new Float64Array(size * size);
  const vectorOf = new Float64Array(size);
  matrix.forEach((row, i) => {
    vectorOf[2 * i] = rhs[i]!.re;
    vectorOf[2 * i + 1] = rhs[i]!.im;
    row.forEach(({ re, im }, j) => {
      real.set([re, -im], 2 * i * size + 2 * j);
      real.set([im, re], (2 * i + 1) * size + 2 * j);
    });
  });
  assert.ok(solve(real, vectorOf, size));
  return rhs.map((_, i) => complex(vectorOf[2 * i]!, vectorOf[2 * i + 1]!));
}

function assertClose(received: readonly number[], expected: readonly number[], tolerance: number): void {
  for (const [t, value] of received.entries()) {
    assert.ok(Math.abs(value - expected[t]!) <= tolerance, `frame ${t}: ${value}, ${expected[t]}`);
  }
}

describe('discretisation', () => {
  it('S4: the rank-1 step equals the dense bilinear one', () => {
    assertClose(impulseResponse(discretiseS4(channel, P), 40), denseImpulseResponse(40), 1e-12);
  });

  it('S4D zoh: the impulse response is that of the held continuous system', () => {
    const { a, c } = discretiseS4d(channel, 'zoh');
    let x = a.map(() => complex(0));
    for (let t = 0; t < 20; t++) {
      x = x.map((value, n) => add(multiply(a[n]!, value), complex(t === 0 ? 1 : 0)));
      // 2 Re sum C B exp(A s) integrated over the frame, by Simpson's rule on a fine grid.
      assert.ok(Math.abs(realDot(c, x) - heldResponse(t * channel.dt, (t + 1) * channel.dt)) < 1e-9);
    }
  });

  it('S4D bilinear: equals S4 with P = 0', () => {
    const { a, c } = discretiseS4d(channel, 'bilinear');
    const zero = P.map(() => complex(0));
    const one = a.map(() => complex(1));
    const step = { a, c, b: one, p: zero, q: zero };
    assertClose(impulseResponse(step, 40), impulseResponse(discretiseS4(channel, zero), 40), 1e-12);
  });

  for (const kernelLength of [1, 2, 7, 64, 1000, 131_072]) {
    it(`undoes a kernel truncation at ${kernelLength} frames`, () => {
      const step = discretiseS4(channel, P);
      const raw = undoKernelTruncation(step, channel.C, kernelLength);
      // With C~ the response is y_t - y_(t+L) of the raw one: exactly what truncation at L folds in.
      const response = impulseResponse(
        { ...step, c: raw.map((value) => scaled(value, 2)) },
        kernelLength > 1000 ? 20 : kernelLength + 20,
      );
      const expected = impulseResponse(step, 20).map((value, t) => value + (response[t + kernelLength] ?? 0));
      assertClose(response.slice(0, 20), expected, 1e-9);
    });
  }

  it('takes C as raw at kernel length 0', () => {
    assert.deepEqual(undoKernelTruncation(discretiseS4(channel, P), channel.C, 0), channel.C);
  });

  it('tells a system that has nothing to undo: a pole at exactly 1', () => {
    const one = [complex(1)];
    const zero = [complex(0)];
    return assertModelError(
      () => undoKernelTruncation({ a: one, p: zero, q: zero }, one, 8),
      'MODEL_DISCRETISE',
      /kernel length 8/,
    );
  });
});

/** Integral of 2 Re sum_n C_n B_n exp(A_n s) over [from, to]. */
function heldResponse(from: number, to: number): number {
  const steps = 200;
  const width = (to - from) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const s = from + i * width;
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    const value = channel.A.reduce((total, pole, n) => {
      const growth = scaled(complex(Math.cos(pole.im * s), Math.sin(pole.im * s)), Math.exp(pole.re * s));
      return total + 2 * multiply(multiply(channel.C[n]!, channel.B[n]!), growth).re;
    }, 0);
    sum += weight * value;
  }
  return (sum * width) / 3;
}
