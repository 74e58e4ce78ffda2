/** Kaiser window design: the window that trades side lobes for width by one number, beta. */

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Beta for a stop-band of `attenuationDb` (positive, 21 or more). */
export function kaiserBeta(attenuationDb: number): number {
  if (attenuationDb > 50) return 0.1102 * (attenuationDb - 8.7);
  return 0.5842 * (attenuationDb - 21) ** 0.4 + 0.07886 * (attenuationDb - 21);
}

/** Width of the transition, as a share of the sample rate, of a filter of `taps` frames. */
export function kaiserTransition(taps: number, attenuationDb: number): number {
  return (attenuationDb - 7.95) / (14.36 * taps);
}

/** The window at `x` in [-1, 1], 0 outside. */
export function kaiser(x: number, beta: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}
