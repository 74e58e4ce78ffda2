import type { Tensor } from '../bundle/types.js';

/** Frames that a state is left to itself; its growth is taken over the second half, between the peaks of windows. */
const NUM_FRAMES = 4096;
const WINDOW = NUM_FRAMES / 4;

/**
 * Spectral radius of one channel's step, by letting a state ring without input: what remains after a while is the
 * mode that fades last. Above 1 the model grows without end.
 */
export function spectralRadius(tensors: ReadonlyMap<string, Tensor>, h: number, pairs: number): number {
  const row = (name: string) => tensors.get(`ssm.${name}`)?.data.subarray(h * pairs * 2, (h + 1) * pairs * 2);
  const a = row('a')!;
  const p = row('p');
  const q = row('q');
  if (!p || !q) {
    let largest = 0;
    for (let n = 0; n < pairs; n++) largest = Math.max(largest, Math.hypot(a[2 * n]!, a[2 * n + 1]!));
    return largest;
  }
  const x = new Float64Array(2 * pairs).map((_, i) => Math.cos(i * i + 1));
  let exponent = 0;
  let middle = Number.NEGATIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (let t = 1; t <= NUM_FRAMES; t++) {
    const norm = ring(x, a, p, q);
    if (norm === 0) return 0;
    const size = exponent + Math.log(norm);
    if (t > NUM_FRAMES / 2 - WINDOW && t <= NUM_FRAMES / 2) middle = Math.max(middle, size);
    if (t > NUM_FRAMES - WINDOW) end = Math.max(end, size);
    if (norm > 1e100 || norm < 1e-100) {
      for (let i = 0; i < x.length; i++) x[i] = x[i]! / norm;
      exponent += Math.log(norm);
    }
  }
  return Math.exp((end - middle) / (NUM_FRAMES / 2));
}

/** x <- a x + p Re(q x) in place; returns the new norm. */
function ring(x: Float64Array, a: Float32Array, p: Float32Array, q: Float32Array): number {
  let s = 0;
  for (let i = 0; i < x.length; i += 2) s += q[i]! * x[i]! - q[i + 1]! * x[i + 1]!;
  let power = 0;
  for (let i = 0; i < x.length; i += 2) {
    const re = a[i]! * x[i]! - a[i + 1]! * x[i + 1]! + p[i]! * s;
    const im = a[i]! * x[i + 1]! + a[i + 1]! * x[i]! + p[i + 1]! * s;
    x[i] = re;
    x[i + 1] = im;
    power += re * re + im * im;
  }
  return Math.sqrt(power);
}
