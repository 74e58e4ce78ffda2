export interface SineFit {
  readonly amplitude: number;
  /** Radians at frame 0. */
  readonly phase: number;
  /** Amplitude of a sine with the power of all that is not the fitted one. */
  readonly residual: number;
}

/** Least squares fit of a sine of `cyclesPerFrame`; `startFrame` is the time of `samples[0]`. */
export function fitSine(
  samples: Float64Array | Float32Array,
  cyclesPerFrame: number,
  startFrame = 0,
): SineFit {
  let ss = 0;
  let cc = 0;
  let sc = 0;
  let xs = 0;
  let xc = 0;
  for (const [i, x] of samples.entries()) {
    const angle = 2 * Math.PI * cyclesPerFrame * (startFrame + i);
    const s = Math.sin(angle);
    const c = Math.cos(angle);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += x * s;
    xc += x * c;
  }
  const determinant = ss * cc - sc * sc;
  const a = (xs * cc - xc * sc) / determinant;
  const b = (xc * ss - xs * sc) / determinant;
  let rest = 0;
  for (const [i, x] of samples.entries()) {
    const angle = 2 * Math.PI * cyclesPerFrame * (startFrame + i);
    rest += (x - a * Math.sin(angle) - b * Math.cos(angle)) ** 2;
  }
  return {
    amplitude: Math.hypot(a, b),
    phase: Math.atan2(b, a),
    residual: Math.sqrt((2 * rest) / samples.length),
  };
}
