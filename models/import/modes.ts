import { type Complex, complex } from './complex.js';
import type { ContinuousChannel, S4dStep } from './discretise.js';
import { doubled, type Eigensystem } from './eigensystem.js';

/**
 * The diagonal recurrence that is the same filter as one channel of S4 (`discretiseS4`): x <- a x + u,
 * y = sum Re(c x), one slot per mode of `system`. The bilinear map keeps eigenvectors: a = (1 + z dt/2) / (1 - z dt/2)
 * of the eigenvalue z, and c = C v times what the input dt / (1 - z dt/2) gives to the mode. Channels that share an
 * SSM share `system`.
 *
 * A conjugate pair takes one slot, as in S4D; a real mode takes one by itself, so there are K slots, N or more.
 */
export function modesOfChannel(channel: Pick<ContinuousChannel, 'dt' | 'C'>, system: Eigensystem): S4dStep {
  const { eigenvalues, multiplicity, vectors, inputs } = system;
  const output = doubled(channel.C);
  const size = output.re.length;
  const a: Complex[] = [];
  const c: Complex[] = [];
  for (const [k, factor] of multiplicity.entries()) {
    let [cr, ci] = [0, 0];
    for (let n = 0; n < size; n++) {
      const vr = vectors.re[k * size + n]!;
      const vi = vectors.im[k * size + n]!;
      cr += output.re[n]! * vr - output.im[n]! * vi;
      ci += output.re[n]! * vi + output.im[n]! * vr;
    }
    const gainR = cr * inputs.re[k]! - ci * inputs.im[k]!;
    const gainI = cr * inputs.im[k]! + ci * inputs.re[k]!;
    const [zr, zi] = [(eigenvalues.re[k]! * channel.dt) / 2, (eigenvalues.im[k]! * channel.dt) / 2];
    const norm = (1 - zr) * (1 - zr) + zi * zi;
    // 1 / (1 - z).
    const [dr, di] = [(1 - zr) / norm, zi / norm];
    const scale = factor * channel.dt;
    a.push(complex((1 + zr) * dr - zi * di, (1 + zr) * di + zi * dr));
    // Of a real mode the imaginary part is rounding.
    const im = factor === 1 ? 0 : scale * (gainR * di + gainI * dr);
    c.push(complex(scale * (gainR * dr - gainI * di), im));
  }
  return { a, c };
}
