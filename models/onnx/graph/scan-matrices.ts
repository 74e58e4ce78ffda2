import type { Recurrence } from './coefficients.js';

/**
 * A recurrence over L frames as matrices, per channel, over the real state [Re x; Im x] (2N), computed in float64:
 * with x the state before and u (L) the inputs,
 *   y = local u + fromState x      (L)
 *   x' = advance x + intoState u   (2N)
 */
export interface ScanMatrices {
  /** (H, L, L). */
  readonly local: Float32Array;
  /** (H, L, 2N). */
  readonly fromState: Float32Array;
  /** (H, 2N, L). */
  readonly intoState: Float32Array;
  /** Of a diagonal recurrence a^L as real and imaginary part, (H, N) each; else the whole matrix (H, 2N, 2N). */
  readonly advance:
    | { readonly re: Float32Array; readonly im: Float32Array }
    | { readonly dense: Float32Array };
}

export function scanMatrices(layer: Recurrence, length: number): ScanMatrices {
  const { width, modes } = layer;
  const size = 2 * modes;
  const local = new Float32Array(width * length * length);
  const fromState = new Float32Array(width * length * size);
  const intoState = new Float32Array(width * size * length);
  const re = new Float32Array(width * modes);
  const im = new Float32Array(width * modes);
  const dense = new Float32Array(layer.rankOne ? width * size * size : 0);
  for (let h = 0; h < width; h++) {
    const channel = new Channel(layer, h);
    // Column j: M^j b.
    const response = [channel.b];
    for (let j = 1; j < length; j++) response.push(channel.apply(response[j - 1]!));
    const kernel = response.map((x) => dot(channel.c, x));
    kernel[0]! += layer.skip[h]!;
    let output = channel.c;
    for (let l = 0; l < length; l++) {
      for (let j = 0; j <= l; j++) local[(h * length + l) * length + j] = kernel[l - j]!;
      output = channel.applyTransposed(output);
      fromState.set(output, (h * length + l) * size);
      for (let n = 0; n < size; n++) intoState[(h * size + n) * length + l] = response[length - 1 - l]![n]!;
    }
    const powers = channel.powers(length);
    for (let n = 0; n < modes; n++) {
      re[h * modes + n] = powers[length]![n]!;
      im[h * modes + n] = powers[length]![modes + n]!;
    }
    if (layer.rankOne) dense.set(channel.denseAdvance(powers, length), h * size * size);
  }
  return { local, fromState, intoState, advance: layer.rankOne ? { dense } : { re, im } };
}

/** One channel: M x = a x + p Re(q x) on real vectors [re; im]. */
class Channel {
  readonly b: Float64Array;
  /** As a row: c x = Re(c) re - Im(c) im. */
  readonly c: Float64Array;
  private readonly modes: number;
  private readonly a: Float64Array;
  private readonly p: Float64Array | undefined;
  private readonly q: Float64Array | undefined;

  constructor({ modes, a, b, c, rankOne }: Recurrence, h: number) {
    const vector = (values: ArrayLike<number>, sign: 1 | -1 = 1) => {
      const parts = new Float64Array(2 * modes);
      for (let n = 0; n < modes; n++) {
        parts[n] = values[2 * (h * modes + n)]!;
        parts[modes + n] = sign * values[2 * (h * modes + n) + 1]!;
      }
      return parts;
    };
    this.modes = modes;
    this.a = vector(a);
    this.b = vector(b);
    this.c = vector(c, -1);
    this.p = rankOne && vector(rankOne.p);
    this.q = rankOne && vector(rankOne.q, -1);
  }

  /** M x. */
  apply(x: Float64Array): Float64Array {
    const y = this.rotate(x, 1);
    return this.p && this.q ? addScaled(y, this.p, dot(this.q, x)) : y;
  }

  /** r M, for a row r. */
  applyTransposed(row: Float64Array): Float64Array {
    const y = this.rotate(row, -1);
    return this.p && this.q ? addScaled(y, this.q, dot(row, this.p)) : y;
  }

  /** a^0 to a^count, each as [re; im]. */
  powers(count: number): Float64Array[] {
    const one = new Float64Array(2 * this.modes).fill(1, 0, this.modes);
    const powers: Float64Array[] = [one];
    for (let j = 0; j < count; j++) powers.push(this.rotate(powers[j]!, 1));
    return powers;
  }

  /** M^L (2N, 2N) as diag(a^L) + sum_j (a^(L-1-j) p) (q M^j): outer products are cheaper than powers of M. */
  denseAdvance(powers: readonly Float64Array[], length: number): Float64Array {
    const { modes } = this;
    const size = 2 * modes;
    const matrix = new Float64Array(size * size);
    for (let n = 0; n < modes; n++) {
      const [re, im] = [powers[length]![n]!, powers[length]![modes + n]!];
      matrix[n * size + n] = re;
      matrix[n * size + modes + n] = -im;
      matrix[(modes + n) * size + n] = im;
      matrix[(modes + n) * size + modes + n] = re;
    }
    const columns = [this.p!];
    for (let j = 1; j < length; j++) columns.push(this.rotate(columns[j - 1]!, 1));
    let row = this.q!;
    for (let j = 0; j < length; j++) {
      const column = columns[length - 1 - j]!;
      for (let r = 0; r < size; r++) {
        const factor = column[r]!;
        for (let k = 0, at = r * size; k < size; k++, at++) matrix[at] = matrix[at]! + factor * row[k]!;
      }
      row = this.applyTransposed(row);
    }
    return matrix;
  }

  /** a x, or with `sign` -1 the row x diag(a). */
  private rotate(x: Float64Array, sign: 1 | -1): Float64Array {
    const { modes, a } = this;
    const y = new Float64Array(2 * modes);
    for (let n = 0; n < modes; n++) {
      const [ar, ai] = [a[n]!, sign * a[modes + n]!];
      y[n] = ar * x[n]! - ai * x[modes + n]!;
      y[modes + n] = ar * x[modes + n]! + ai * x[n]!;
    }
    return y;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(y: Float64Array, x: Float64Array, scale: number): Float64Array {
  for (let i = 0; i < y.length; i++) y[i] = y[i]! + scale * x[i]!;
  return y;
}
