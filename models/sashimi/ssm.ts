import type { Tensor } from '../bundle/types.js';

/**
 * The state-space layers: one independent recurrence per channel, from step-ready coefficients
 * (docs/bundle-format.md, "The step"). Complex numbers are stored (re, im).
 */
export interface SsmLayer {
  /** Float64 values of one stream's state: (width, pairs, 2). */
  readonly stateLength: number;
  /** One step of every channel: input `u` (width), `state` updated, output `y` (width) from the new state. */
  step(u: Float64Array, state: Float64Array, y: Float64Array): void;
}

/** Diagonal SSM: x <- a x + u; y = sum_n Re(c_n x_n) + D u. */
export class S4dLayer implements SsmLayer {
  readonly stateLength: number;
  private readonly width: number;
  private readonly a: Float64Array;
  private readonly c: Float64Array;
  private readonly skip: Float64Array;

  /** `a`, `c` (width, pairs, 2); `skip` (width) is D. */
  constructor(a: Tensor, c: Tensor, skip: Tensor) {
    this.width = a.shape[0]!;
    this.a = Float64Array.from(a.data);
    this.c = Float64Array.from(c.data);
    this.skip = Float64Array.from(skip.data);
    this.stateLength = this.a.length;
  }

  step(u: Float64Array, state: Float64Array, y: Float64Array): void {
    const { width, a, c, skip } = this;
    const rowLength = this.stateLength / width;
    let k = 0;
    for (let h = 0; h < width; h++) {
      const uh = u[h]!;
      const end = k + rowLength;
      let sum = skip[h]! * uh;
      for (; k < end; k += 2) {
        const xr = state[k]!;
        const xi = state[k + 1]!;
        const ar = a[k]!;
        const ai = a[k + 1]!;
        const nextR = ar * xr - ai * xi + uh;
        const nextI = ar * xi + ai * xr;
        state[k] = nextR;
        state[k + 1] = nextI;
        sum += c[k]! * nextR - c[k + 1]! * nextI;
      }
      y[h] = sum;
    }
  }
}

/** Diagonal plus rank 1: s = sum_n Re(q_n x_n) of the old x; x <- a x + p s + b u; y = sum_n Re(c_n x_n) + D u. */
export class S4Layer implements SsmLayer {
  readonly stateLength: number;
  private readonly width: number;
  private readonly a: Float64Array;
  private readonly b: Float64Array;
  private readonly p: Float64Array;
  private readonly q: Float64Array;
  private readonly c: Float64Array;
  private readonly skip: Float64Array;

  /** All (width, pairs, 2) but `skip` (width), which is D. */
  constructor(a: Tensor, b: Tensor, p: Tensor, q: Tensor, c: Tensor, skip: Tensor) {
    this.width = a.shape[0]!;
    this.a = Float64Array.from(a.data);
    this.b = Float64Array.from(b.data);
    this.p = Float64Array.from(p.data);
    this.q = Float64Array.from(q.data);
    this.c = Float64Array.from(c.data);
    this.skip = Float64Array.from(skip.data);
    this.stateLength = this.a.length;
  }

  step(u: Float64Array, state: Float64Array, y: Float64Array): void {
    const { width, a, b, p, q, c, skip } = this;
    const rowLength = this.stateLength / width;
    for (let h = 0; h < width; h++) {
      const uh = u[h]!;
      const start = h * rowLength;
      const end = start + rowLength;
      let s = 0;
      for (let k = start; k < end; k += 2) s += q[k]! * state[k]! - q[k + 1]! * state[k + 1]!;
      let sum = skip[h]! * uh;
      for (let k = start; k < end; k += 2) {
        const xr = state[k]!;
        const xi = state[k + 1]!;
        const nextR = a[k]! * xr - a[k + 1]! * xi + p[k]! * s + b[k]! * uh;
        const nextI = a[k]! * xi + a[k + 1]! * xr + p[k + 1]! * s + b[k + 1]! * uh;
        state[k] = nextR;
        state[k + 1] = nextI;
        sum += c[k]! * nextR - c[k + 1]! * nextI;
      }
      y[h] = sum;
    }
  }
}
