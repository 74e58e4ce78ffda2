/** Magnitudes of windowed real signals. */

/** Radix-2 over complex numbers of a fixed power of two. Allocates at construction only. */
export class Fft {
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;

  constructor(readonly size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 1) throw new RangeError(`${size} is no power of two above 1.`);
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
    this.#reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.#reversed[i] = (this.#reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
    }
  }

  /** In place, `re` and `im` (size). */
  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this;
    for (let i = 0; i < size; i++) {
      const j = this.#reversed[i]!;
      if (j <= i) continue;
      const r = re[i]!;
      re[i] = re[j]!;
      re[j] = r;
      const m = im[i]!;
      im[i] = im[j]!;
      im[j] = m;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const cos = this.#cos[k * stride]!;
          const sin = this.#sin[k * stride]!;
          const a = start + k;
          const b = a + half;
          const r = re[b]! * cos - im[b]! * sin;
          const m = re[b]! * sin + im[b]! * cos;
          re[b] = re[a]! - r;
          im[b] = im[a]! - m;
          re[a] = re[a]! + r;
          im[a] = im[a]! + m;
        }
      }
    }
  }
}

/**
 * Spectra of stretches of a signal under a Hann window, scaled so that a sine of amplitude 1 has the magnitude 1 at its
 * peak. One object serves one caller at a time.
 */
export class Spectrum {
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** `fftSize` is a power of two, at least `windowFrames`; what is more refines the grid of frequencies. */
  constructor(
    readonly windowFrames: number,
    readonly fftSize: number,
  ) {
    this.#fft = new Fft(fftSize);
    this.#re = new Float64Array(fftSize);
    this.#im = new Float64Array(fftSize);
    const hann = Float64Array.from(
      { length: windowFrames },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / windowFrames),
    );
    const sum = hann.reduce((total, value) => total + value, 0);
    this.#window = hann.map((value) => (2 * value) / sum);
  }

  /** Bin b of `into`, which has at most fftSize / 2 entries, is at b * sampleRate / fftSize Hz; beyond its ends the signal is 0. */
  magnitudes(signal: Float32Array, centre: number, into: Float64Array): void {
    const re = this.#re.fill(0);
    const im = this.#im.fill(0);
    const start = centre - (this.windowFrames >> 1);
    const from = Math.max(0, -start);
    const to = Math.min(this.windowFrames, signal.length - start);
    for (let i = from; i < to; i++) re[i] = signal[start + i]! * this.#window[i]!;
    this.#fft.transform(re, im);
    for (let b = 0; b < into.length; b++) into[b] = Math.hypot(re[b]!, im[b]!);
  }
}
