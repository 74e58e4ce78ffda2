import { Fft } from '../../../nodes/index.js';

/**
 * The inverse of the modified discrete cosine transform, as Vorbis has it:
 * out[n] = sum of spectrum[k] cos(2 pi / N (n + 1/2 + N/4) (k + 1/2)), N = `size`, by a transform of a quarter of it.
 */
export class InverseMdct {
  readonly #fft: Fft;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  /** exp(-i pi (k + 1/8) / M), M = size / 2: half of the turn before the transform, half after it. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #cosine: Float64Array;

  constructor(readonly size: number) {
    const half = size / 2;
    const quarter = size / 4;
    this.#fft = new Fft(quarter);
    this.#re = new Float64Array(quarter);
    this.#im = new Float64Array(quarter);
    const angle = (k: number): number => (Math.PI * (k + 1 / 8)) / half;
    this.#cos = Float64Array.from({ length: quarter }, (_, k) => Math.cos(angle(k)));
    this.#sin = Float64Array.from({ length: quarter }, (_, k) => -Math.sin(angle(k)));
    this.#cosine = new Float64Array(half);
  }

  /** `spectrum` (size / 2) to `out` (size). */
  transform(spectrum: Float64Array, out: Float64Array): void {
    const half = this.size / 2;
    const quarter = this.size / 4;
    for (let k = 0; k < quarter; k++) {
      const a = spectrum[2 * k]!;
      const b = spectrum[half - 1 - 2 * k]!;
      this.#re[k] = a * this.#cos[k]! - b * this.#sin[k]!;
      this.#im[k] = a * this.#sin[k]! + b * this.#cos[k]!;
    }
    this.#fft.transform(this.#re, this.#im);
    const cosine = this.#cosine;
    for (let n = 0; n < quarter; n++) {
      cosine[2 * n] = this.#re[n]! * this.#cos[n]! - this.#im[n]! * this.#sin[n]!;
      cosine[half - 1 - 2 * n] = -(this.#re[n]! * this.#sin[n]! + this.#im[n]! * this.#cos[n]!);
    }
    // The cosine transform, mirrored where its basis is.
    for (let n = 0; n < quarter; n++) out[n] = cosine[n + quarter]!;
    for (let n = quarter; n < 3 * quarter; n++) out[n] = -cosine[3 * quarter - 1 - n]!;
    for (let n = 3 * quarter; n < this.size; n++) out[n] = -cosine[n - 3 * quarter]!;
  }
}
