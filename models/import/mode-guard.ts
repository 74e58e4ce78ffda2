import { FrameRandom } from '../sampling/philox.js';
import type { Complex } from './complex.js';
import type { S4dStep, S4Step } from './discretise.js';

/**
 * Whether a diagonal recurrence in float32 is as good as the rank-1 form in float64: what decides whether a layer
 * gets the fast form. Near the LegS initialisation eigenvectors are almost parallel: modes of a size of 1e6 cancel
 * each other, and float32 cannot hold them (measured: logits off by 0.2 and more).
 */

/**
 * Largest root mean square of the difference of the outputs for input of unit variance, which is what a norm makes, and
 * largest norm of the difference of the impulse responses. The rank-1 form in float32 is 1e-6 to 5e-6 off itself.
 * Measured: with the output of every channel of a model off by 2e-5, logits are off by 9e-6 (24 layers) and 1.2e-5
 * (a unet), within the 2e-5 that is allowed; at 4e-5 the unet is beyond.
 */
export const MAX_MODE_ERROR = 1.5e-5;
/** Of |c|: modes of this size lose four of the seven digits of float32 to cancellation. */
export const MAX_MODE_GAIN = 1e3;

/** An impulse, and frames for the slowest modes to go astray; then noise, which keeps all modes up. */
const IMPULSE_FRAMES = 4096;
const NOISE_FRAMES = 2048;
/** As many as a state of the usual 64 dimensions has, twice. */
const OPENING_FRAMES = 128;

/** How far apart the two forms are, measured: root mean squares as `MAX_MODE_ERROR` has them. NaN for what overflows. */
export function modeError(
  exact: S4Step,
  modes: S4dStep,
  impulseFrames = IMPULSE_FRAMES,
  noiseFrames = NOISE_FRAMES,
): number {
  const reference = new RankOneChannel(exact);
  const diagonal = new FloatDiagonalChannel(modes);
  const random = new FrameRandom(1);
  let impulse = 0;
  let noise = 0;
  for (let t = 0; t < impulseFrames + noiseFrames; t++) {
    const isImpulse = t < impulseFrames;
    const u = isImpulse ? (t === 0 ? 1 : 0) : Math.fround(Math.sqrt(12) * (random.uniform(t) - 0.5));
    const difference = reference.step(u) - diagonal.step(u);
    if (isImpulse) impulse += difference * difference;
    else noise += difference * difference;
  }
  return Math.max(Math.sqrt(impulse), Math.sqrt(noise / Math.max(1, noiseFrames)));
}

/** The same over the beginning of the impulse response, which any wrong or missing mode spoils: for all channels. */
export function openingError(exact: S4Step, modes: S4dStep): number {
  return modeError(exact, modes, OPENING_FRAMES, 0);
}

/**
 * The same, estimated without a simulation: with E = 1 / (1 - |a|^2), the variance of a mode under white input,
 * rounding its coefficient, its state and its output adds variances of about 2 E^3, E^2 and E, times |c|^2 and the
 * square of the unit of rounding. For choosing the channels that are worth a simulation.
 */
export function estimateModeError({ a, c }: S4dStep): number {
  let sum = 0;
  for (const [n, { re, im }] of a.entries()) {
    const energy = 1 / Math.max(1 - re * re - im * im, 1e-9);
    const gain = c[n]!.re * c[n]!.re + c[n]!.im * c[n]!.im;
    sum += gain * energy * (1 + energy * (1 + 2 * energy));
  }
  return 2 ** -25 * Math.sqrt(sum);
}

/** NaN when one of them is. */
export function largestModulus(values: readonly Complex[]): number {
  return values.reduce((largest, { re, im }) => Math.max(largest, Math.hypot(re, im)), 0);
}

/** The rank-1 step of docs/bundle-format.md in float64. */
class RankOneChannel {
  private readonly coefficients: Float64Array;
  private readonly x: Float64Array;

  constructor({ a, p, q, b, c }: S4Step) {
    this.coefficients = Float64Array.from(
      a.flatMap((_, n) => [a, p, q, b, c].flatMap((row) => [row[n]!.re, row[n]!.im])),
    );
    this.x = new Float64Array(2 * a.length);
  }

  step(u: number): number {
    const { x, coefficients: k } = this;
    let s = 0;
    for (let i = 0; i < x.length; i += 2) s += k[5 * i + 4]! * x[i]! - k[5 * i + 5]! * x[i + 1]!;
    let y = 0;
    for (let i = 0; i < x.length; i += 2) {
      const at = 5 * i;
      const re = k[at]! * x[i]! - k[at + 1]! * x[i + 1]! + k[at + 2]! * s + k[at + 6]! * u;
      const im = k[at]! * x[i + 1]! + k[at + 1]! * x[i]! + k[at + 3]! * s + k[at + 7]! * u;
      x[i] = re;
      x[i + 1] = im;
      y += k[at + 8]! * re - k[at + 9]! * im;
    }
    return y;
  }
}

/** The diagonal step with coefficients, state and every operation in float32, as the kernels have it at worst. */
class FloatDiagonalChannel {
  private readonly a: Float32Array;
  private readonly c: Float32Array;
  private readonly x: Float32Array;

  constructor({ a, c }: S4dStep) {
    this.a = Float32Array.from(a.flatMap(({ re, im }) => [re, im]));
    this.c = Float32Array.from(c.flatMap(({ re, im }) => [re, im]));
    this.x = new Float32Array(this.a.length);
  }

  step(u: number): number {
    const { a, c, x } = this;
    const round = Math.fround;
    let y = 0;
    for (let i = 0; i < x.length; i += 2) {
      const [ar, ai, xr, xi] = [a[i]!, a[i + 1]!, x[i]!, x[i + 1]!];
      const re = round(round(round(ar * xr) - round(ai * xi)) + u);
      const im = round(round(ar * xi) + round(ai * xr));
      x[i] = re;
      x[i + 1] = im;
      y = round(y + round(round(c[i]! * re) - round(c[i + 1]! * im)));
    }
    return y;
  }
}
