import { CODE_RANGE, type CodeFormat, groupSizeOf, groupsPerRow } from '../bundle/quantised.js';
import { type Cholesky, cholesky, solveCholesky } from './cholesky.js';
import { nearestCode, widestScale } from './round-nearest.js';

/** Scales that are tried for a group, as shares of the one that reaches the largest weight. */
const TRIED_SHARES = { int8: [1], int4: Array.from({ length: 16 }, (_, i) => 1.1 - 0.04 * i) } as const;
/** Rounds of fitting scales to codes and codes to scales; both only ever lessen the error. */
const MAX_ROUNDS = 4;
const MAX_SWEEPS = 16;

/**
 * Rounds rows of a matrix to codes, so that what comes out of the matrix changes little: the error of a row is
 * (w - q) H (w - q)^T, H (inputs, inputs) the covariance of what goes in, positive definite.
 *
 * First every group gets the scale of least error by itself. Then the inputs are rounded one after the other, those
 * of largest variance first, each making up for the errors of those before it (with H = L D L^T the error is a sum
 * of squares in which each code meets only earlier ones). Then scales and codes are improved in turns.
 */
export class RowRounder {
  private readonly inputs: number;
  private readonly format: CodeFormat;
  private readonly groupSize: number;
  private readonly covariance: Float64Array;
  /** `order[i]` is the input that stands at i in `factors`: least variance first, so rounding starts at the end. */
  private readonly order: Uint32Array;
  private readonly factors: Cholesky;

  constructor(covariance: Float64Array, inputs: number, format: CodeFormat) {
    this.inputs = inputs;
    this.format = format;
    this.groupSize = groupSizeOf(format, inputs);
    this.covariance = covariance;
    const variance = (i: number) => covariance[i * inputs + i]!;
    this.order = Uint32Array.from({ length: inputs }, (_, i) => i).sort(
      (a, b) => variance(a) - variance(b) || a - b,
    );
    const ordered = new Float64Array(inputs * inputs);
    for (let i = 0; i < inputs; i++) {
      const from = this.order[i]! * inputs;
      for (let j = 0; j < inputs; j++) ordered[i * inputs + j] = covariance[from + this.order[j]!]!;
    }
    this.factors = cholesky(ordered, inputs);
  }

  /** Solves w H = b, in place over `b` (inputs). */
  solve(b: Float64Array): void {
    const ordered = Float64Array.from(this.order, (i) => b[i]!);
    solveCholesky(this.factors, ordered);
    for (let i = 0; i < ordered.length; i++) b[this.order[i]!] = ordered[i]!;
  }

  /** Codes (inputs) and scales (groups) for the row `w` (inputs). */
  round(w: Float64Array, codes: Int8Array, scales: Float32Array): void {
    this.searchScales(w, scales);
    this.roundInOrder(w, codes, scales);
    const gradient = new Float64Array(this.inputs);
    for (let round = 0; ; round++) {
      this.errorGradient(w, codes, scales, gradient);
      this.improveCodes(codes, scales, gradient);
      if (round === MAX_ROUNDS || !this.fitScales(w, codes, scales)) return;
    }
  }

  /** The scale of least error of each group, inputs taken for independent. */
  private searchScales(w: Float64Array, scales: Float32Array): void {
    const { inputs, groupSize, covariance, format } = this;
    for (let group = 0; group < groupsPerRow(format, inputs); group++) {
      const from = group * groupSize;
      const to = Math.min(from + groupSize, inputs);
      const widest = widestScale(w.subarray(from, to), format);
      let leastError = Number.POSITIVE_INFINITY;
      for (const share of TRIED_SHARES[format]) {
        const scale = Math.fround(widest * share) || widest;
        let error = 0;
        for (let i = from; i < to; i++) {
          const miss = w[i]! - nearestCode(w[i]!, scale, format) * scale;
          error += covariance[i * inputs + i]! * miss * miss;
        }
        if (error >= leastError) continue;
        leastError = error;
        scales[group] = scale;
      }
    }
  }

  private roundInOrder(w: Float64Array, codes: Int8Array, scales: Float32Array): void {
    const { inputs, order, groupSize, format } = this;
    const { lower } = this.factors;
    const wanted = Float64Array.from(order, (i) => w[i]!);
    for (let i = inputs - 1; i >= 0; i--) {
      const input = order[i]!;
      const scale = scales[Math.floor(input / groupSize)]!;
      const code = nearestCode(wanted[i]!, scale, format);
      codes[input] = code;
      const miss = w[input]! - code * scale;
      const row = i * inputs;
      for (let j = 0; j < i; j++) wanted[j] = wanted[j]! + miss * lower[row + j]!;
    }
  }

  /** `gradient` = H (q - w): half the slope of the error. */
  private errorGradient(
    w: Float64Array,
    codes: Int8Array,
    scales: Float32Array,
    gradient: Float64Array,
  ): void {
    gradient.fill(0);
    for (let i = 0; i < this.inputs; i++) {
      this.addColumn(i, codes[i]! * scales[Math.floor(i / this.groupSize)]! - w[i]!, gradient);
    }
  }

  private addColumn(i: number, amount: number, gradient: Float64Array): void {
    const row = i * this.inputs;
    for (let j = 0; j < gradient.length; j++) gradient[j] = gradient[j]! + amount * this.covariance[row + j]!;
  }

  /** One code after the other to where the error is least, as long as that changes any. */
  private improveCodes(codes: Int8Array, scales: Float32Array, gradient: Float64Array): void {
    const { inputs, covariance, groupSize } = this;
    const { min, max } = CODE_RANGE[this.format];
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      let isChanged = false;
      for (let i = 0; i < inputs; i++) {
        const scale = scales[Math.floor(i / groupSize)]!;
        const best = codes[i]! - gradient[i]! / (covariance[i * inputs + i]! * scale);
        const code = Math.min(max, Math.max(min, Math.round(best)));
        // From one of two equal codes to the other would go on for ever.
        if (code === codes[i] || Math.abs(best - codes[i]!) <= 0.5 + 1e-9) continue;
        this.addColumn(i, (code - codes[i]!) * scale, gradient);
        codes[i] = code;
        isChanged = true;
      }
      if (!isChanged) return;
    }
  }

  /** The scales of least error for these codes; false when that changes nothing, or would turn one negative. */
  private fitScales(w: Float64Array, codes: Int8Array, scales: Float32Array): boolean {
    const { inputs, groupSize, covariance } = this;
    const numGroups = scales.length;
    const normal = new Float64Array(numGroups * numGroups);
    const fitted = new Float64Array(numGroups);
    const column = new Float64Array(inputs);
    for (let g = 0; g < numGroups; g++) {
      column.fill(0);
      for (let i = g * groupSize; i < Math.min((g + 1) * groupSize, inputs); i++) {
        if (codes[i] !== 0) this.addColumn(i, codes[i]!, column);
      }
      for (let j = 0; j < inputs; j++) {
        const k = Math.floor(j / groupSize);
        normal[g * numGroups + k] = normal[g * numGroups + k]! + codes[j]! * column[j]!;
        fitted[g] = fitted[g]! + w[j]! * column[j]!;
      }
      // A group of zeros has no scale to fit: its own stays.
      if (normal[g * numGroups + g] === 0) {
        normal[g * numGroups + g] = covariance[0]! || 1;
        fitted[g] = normal[g * numGroups + g]! * scales[g]!;
      }
    }
    solveCholesky(cholesky(normal, numGroups), fitted);
    const next = Float32Array.from(fitted);
    if (next.some((scale) => !(scale > 0)) || next.every((scale, g) => scale === scales[g])) return false;
    scales.set(next);
    return true;
  }
}
