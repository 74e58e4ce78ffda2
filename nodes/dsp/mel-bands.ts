/** Triangles of equal width on the mel scale of Slaney and O'Shaughnessy (2595 log10(1 + f / 700)), each of area 1 at its peak. */
export class MelBands {
  readonly #first: Uint32Array;
  readonly #weights: Float64Array[];

  /** Bins are `binHz` apart; the bands reach from `lowHz` to `highHz`. */
  constructor(
    readonly numBands: number,
    binHz: number,
    numBins: number,
    lowHz: number,
    highHz: number,
  ) {
    const edge = (i: number): number => {
      const low = melOf(lowHz);
      return hzOf(low + ((melOf(highHz) - low) * i) / (numBands + 1));
    };
    this.#first = new Uint32Array(numBands);
    this.#weights = Array.from({ length: numBands }, (_, band) => {
      const [from, peak, to] = [edge(band), edge(band + 1), edge(band + 2)];
      const weights: number[] = [];
      for (let bin = 0; bin < numBins; bin++) {
        const f = bin * binHz;
        const weight = f <= peak ? (f - from) / (peak - from) : (to - f) / (to - peak);
        if (weight <= 0) continue;
        if (weights.length === 0) this.#first[band] = bin;
        weights.push(weight);
      }
      // A band between two bins takes the nearest one.
      if (weights.length === 0) {
        this.#first[band] = Math.min(numBins - 1, Math.round(peak / binHz));
        weights.push(1);
      }
      return Float64Array.from(weights);
    });
  }

  /** `magnitudes` by bin, to the root of the weighted power in each band, in `into` (numBands). */
  measure(magnitudes: Float64Array, into: Float64Array): void {
    for (let band = 0; band < this.numBands; band++) {
      const weights = this.#weights[band]!;
      const first = this.#first[band]!;
      let power = 0;
      for (let i = 0; i < weights.length; i++) power += weights[i]! * magnitudes[first + i]! ** 2;
      into[band] = Math.sqrt(power);
    }
  }
}

function melOf(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function hzOf(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}
