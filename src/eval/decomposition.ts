/**
 * A spectrum as a sum of keys: non-negative factors over fixed templates, by the multiplicative updates of Lee and Seung,
 * "Algorithms for Non-negative Matrix Factorization" (2000), for the Kullback-Leibler divergence. As the templates are
 * fixed, every look is fitted by itself.
 */
import { NUM_BINS } from './note-spectra.js';
import { NUM_KEYS, type Templates, templateAmplitudes } from './templates.js';

const ITERATIONS = 32;
/** After so many iterations, keys whose share of the look is less are given up: most of them. */
const LEAST_SHARES: ReadonlyMap<number, number> = new Map([
  [2, 1e-4],
  [5, 5e-4],
  [10, 1e-3],
  [18, 2e-3],
]);
/** Of a template's largest value: less is left out. */
const LEAST_VALUE = 1e-2;
/** Bins are brought to one level, but not further below the strongest than this, lest noise become loud. */
const WHITENING_FLOOR = 1e-2;
/** What is no note: this many broad stretches of noise, from bin FIRST_NOISE_BIN on. */
const NOISE_BANDS = 10;
const FIRST_NOISE_BIN = 8;
/** A look whose magnitudes add up to less is silence. */
const SILENCE = 1e-5;
const TINY = 1e-12;

/** A template without its zeros. */
interface Factor {
  readonly bins: Uint16Array;
  readonly values: Float64Array;
  readonly sum: number;
}

/** Fits looks at one sound after another; an object serves one caller at a time. Allocates at construction only. */
export class Decomposition {
  readonly #factors: readonly Factor[];
  readonly #whitening: Float64Array;
  readonly #amplitudes: Float32Array;
  readonly #target = new Float64Array(NUM_BINS);
  readonly #model = new Float64Array(NUM_BINS);
  readonly #ratio = new Float64Array(NUM_BINS);
  readonly #gains: Float64Array;
  readonly #active: Uint8Array;

  constructor(templates: Templates) {
    const { magnitudes } = templates;
    this.#amplitudes = templateAmplitudes(templates);
    this.#whitening = whiteningOf(magnitudes);
    const keys = Array.from({ length: NUM_KEYS }, (_, key) => {
      const row = magnitudes.subarray(key * NUM_BINS, (key + 1) * NUM_BINS);
      return factorOf(Float64Array.from(row, (value, bin) => value * this.#whitening[bin]!));
    });
    this.#factors = [...keys, ...noiseFactors()];
    this.#gains = new Float64Array(this.#factors.length);
    this.#active = new Uint8Array(this.#factors.length);
  }

  /** `look` (NUM_BINS), magnitudes; `amplitudes` (NUM_KEYS) receives the amplitude of each key, 0 for most. */
  fit(look: Float64Array, amplitudes: Float32Array): void {
    const target = this.#target;
    const gains = this.#gains;
    let loudness = 0;
    let total = 0;
    for (let b = 0; b < NUM_BINS; b++) {
      loudness += look[b]!;
      target[b] = look[b]! * this.#whitening[b]!;
      total += target[b]!;
    }
    if (loudness < SILENCE) {
      amplitudes.fill(0);
      return;
    }
    this.#active.fill(1);
    for (const [f, { sum }] of this.#factors.entries())
      gains[f] = total / this.#factors.length / (sum + TINY);
    for (let i = 0; i < ITERATIONS; i++) {
      this.#iterate();
      const least = LEAST_SHARES.get(i);
      if (least !== undefined) this.#prune(least * total);
    }
    for (let key = 0; key < NUM_KEYS; key++) amplitudes[key] = gains[key]! * this.#amplitudes[key]!;
  }

  #iterate(): void {
    const model = this.#model.fill(TINY);
    const ratio = this.#ratio;
    const gains = this.#gains;
    for (let f = 0; f < gains.length; f++) {
      if (this.#active[f] === 0) continue;
      const { bins, values } = this.#factors[f]!;
      const gain = gains[f]!;
      for (let i = 0; i < bins.length; i++) model[bins[i]!] = model[bins[i]!]! + gain * values[i]!;
    }
    for (let b = 0; b < NUM_BINS; b++) ratio[b] = this.#target[b]! / model[b]!;
    for (let f = 0; f < gains.length; f++) {
      if (this.#active[f] === 0) continue;
      const { bins, values, sum } = this.#factors[f]!;
      let up = 0;
      for (let i = 0; i < bins.length; i++) up += values[i]! * ratio[bins[i]!]!;
      gains[f] = (gains[f]! * up) / (sum + TINY);
    }
  }

  #prune(least: number): void {
    for (let key = 0; key < NUM_KEYS; key++) {
      if (this.#gains[key]! * this.#factors[key]!.sum >= least) continue;
      this.#active[key] = 0;
      this.#gains[key] = 0;
    }
  }
}

/** (NUM_BINS): one over the mean of all templates there. */
function whiteningOf(magnitudes: Float32Array): Float64Array {
  const mean = new Float64Array(NUM_BINS);
  for (const [i, value] of magnitudes.entries()) mean[i % NUM_BINS] = mean[i % NUM_BINS]! + value / NUM_KEYS;
  const floor = WHITENING_FLOOR * mean.reduce((most, value) => Math.max(most, value), TINY);
  return mean.map((value) => 1 / (value + floor));
}

function factorOf(row: Float64Array): Factor {
  const least = LEAST_VALUE * row.reduce((most, value) => Math.max(most, value), 0);
  const bins = Uint16Array.from(row.keys()).filter((bin) => row[bin]! > least);
  const values = Float64Array.from(bins, (bin) => row[bin]!);
  return { bins, values, sum: values.reduce((total, value) => total + value, 0) };
}

/** Humps that overlap by half, each as wide as a constant interval. */
function noiseFactors(): Factor[] {
  const edge = (i: number): number =>
    Math.round(FIRST_NOISE_BIN * (NUM_BINS / FIRST_NOISE_BIN) ** (i / (NOISE_BANDS + 1)));
  return Array.from({ length: NOISE_BANDS }, (_, i) => {
    const row = new Float64Array(NUM_BINS);
    const [start, end] = [edge(i), edge(i + 2)];
    for (let b = start; b < end; b++) row[b] = Math.sin((Math.PI * (b - start + 0.5)) / (end - start)) ** 2;
    return factorOf(row);
  });
}
