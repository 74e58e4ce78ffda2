import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import {
  add,
  type Complex,
  complex,
  conjugate,
  divide,
  exponential,
  multiply,
  scale,
  subtract,
} from './complex.js';
import { channelOf, type S4Channel, type S4Parameters } from './s4-parameters.js';

/**
 * Holds the convolution kernel that the step coefficients make, frame by frame, against the one that the trained
 * parameters imply in closed form: an independent way from the same numbers, so that a wrong sign, factor or
 * truncation shows. S4 (Gu, Goel, Re 2022), algorithm 1: the truncated generating function
 * K(z) = sum_(t < L) K_t z^t at roots of unity, where C~ = C (I - dA^L) takes the truncation up.
 */

/** Frequencies per kernel, and the length for kernels that are not tied to one. */
const NUM_FREQUENCIES = 12;
const FREE_LENGTH = 4096;
/** Twice the longest kernel of the official configurations; a longer one is compared by its raw C. */
const MAX_LENGTH = 2 ** 18;
/** The tail of a kernel that is not truncated fades to exp(-DECAY). */
const DECAY = 24;

/** Largest difference of the two kernels' spectra, relative to the largest value of the spectrum. */
export function kernelDifference(
  parameters: S4Parameters,
  tensors: ReadonlyMap<string, Tensor>,
  ssm: SashimiArchitecture['ssm'],
  h: number,
): number {
  const { kernelLength } = parameters;
  const isTruncated = kernelLength > 0 && kernelLength <= MAX_LENGTH;
  const length = isTruncated ? kernelLength : FREE_LENGTH;
  const C = isTruncated ? parameters.C : Float64Array.from(tensors.get('trained.C')!.data);
  const channel = channelOf({ ...parameters, C }, ssm, h);
  // A raw C has no truncation to take up: inside the unit circle the tail fades away by itself.
  const radius = isTruncated ? 1 : Math.exp(-DECAY / length);
  const kernel = recurrenceKernel(tensors, h, ssm.conjugatePairs, length);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < NUM_FREQUENCIES; i++) {
    const bin = Math.floor(((i + 0.5) / NUM_FREQUENCIES) ** 3 * (length / 2));
    const angle = (-2 * Math.PI * bin) / length;
    const z = complex(radius * Math.cos(angle), radius * Math.sin(angle));
    const expected = impliedSpectrum(channel, z, ssm.discretisation);
    const received = spectrum(kernel, z);
    difference = Math.max(difference, magnitude(subtract(received, expected)));
    largest = Math.max(largest, magnitude(expected));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** Impulse response of one channel's step, with the coefficients as the bundle has them. */
function recurrenceKernel(
  tensors: ReadonlyMap<string, Tensor>,
  h: number,
  pairs: number,
  length: number,
): Float64Array {
  const row = (name: string): Float64Array | undefined => {
    const tensor = tensors.get(`ssm.${name}`);
    return tensor && Float64Array.from(tensor.data.subarray(h * pairs * 2, (h + 1) * pairs * 2));
  };
  const a = row('a')!;
  const c = row('c')!;
  const p = row('p');
  const q = row('q');
  const b = row('b');
  const x = new Float64Array(2 * pairs);
  const kernel = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    let s = 0;
    if (q) for (let i = 0; i < x.length; i += 2) s += q[i]! * x[i]! - q[i + 1]! * x[i + 1]!;
    let y = 0;
    for (let i = 0; i < x.length; i += 2) {
      const re = a[i]! * x[i]! - a[i + 1]! * x[i + 1]! + (p ? p[i]! * s : 0);
      const im = a[i]! * x[i + 1]! + a[i + 1]! * x[i]! + (p ? p[i + 1]! * s : 0);
      x[i] = re + (t === 0 ? (b ? b[i]! : 1) : 0);
      x[i + 1] = im + (t === 0 && b ? b[i + 1]! : 0);
      y += c[i]! * x[i]! - c[i + 1]! * x[i + 1]!;
    }
    kernel[t] = y;
  }
  return kernel;
}

/** sum_t K_t z^t, by Horner's rule. */
function spectrum(kernel: Float64Array, z: Complex): Complex {
  let re = 0;
  let im = 0;
  for (let t = kernel.length - 1; t >= 0; t--) {
    const next = re * z.re - im * z.im + kernel[t]!;
    im = re * z.im + im * z.re;
    re = next;
  }
  return complex(re, im);
}

/** The same sum from the parameters alone, z not -1. */
function impliedSpectrum(channel: S4Channel, z: Complex, method: 'zoh' | 'bilinear'): Complex {
  const { dt, A, B, C, P } = channel;
  const one = complex(1);
  if (P === undefined && method === 'zoh') {
    // Both halves of the conjugate pairs: C B (e - 1)/A / (1 - e z), e = exp(dt A).
    return sumOfPairs(A, (pole, n, flip) => {
      const e = exponential(scale(pole, dt));
      const gain = multiply(multiply(flip(C[n]!), flip(B[n]!)), divide(subtract(e, one), pole));
      return divide(gain, subtract(one, multiply(e, z)));
    });
  }
  const Q = channel.Q ?? P?.map(conjugate);
  const onePlusZ = add(one, z);
  const g = scale(divide(subtract(one, z), onePlusZ), 2 / dt);
  const cauchy = (left: readonly Complex[], right: readonly Complex[]) =>
    sumOfPairs(A, (pole, n, flip) => divide(multiply(flip(left[n]!), flip(right[n]!)), subtract(g, pole)));
  let value = cauchy(C, B);
  if (P && Q) {
    const correction = divide(multiply(cauchy(C, P), cauchy(Q, B)), add(one, cauchy(Q, P)));
    value = subtract(value, correction);
  }
  return multiply(divide(complex(2), onePlusZ), value);
}

/** Sum of a term over the stored poles and over their conjugates, for which `flip` conjugates. */
function sumOfPairs(
  poles: readonly Complex[],
  term: (pole: Complex, n: number, flip: (value: Complex) => Complex) => Complex,
): Complex {
  let sum = complex(0);
  for (const [n, pole] of poles.entries()) {
    sum = add(
      sum,
      term(pole, n, (value) => value),
    );
    sum = add(sum, term(conjugate(pole), n, conjugate));
  }
  return sum;
}

function magnitude({ re, im }: Complex): number {
  return Math.hypot(re, im);
}
