/**
 * A spectrum as a sum of keys: non-negative factors over fixed templates, by the multiplicative updates of Lee and Seung,
 * "Algorithms for Non-negative Matrix Factorization" (2000), for the Kullback-Leibler divergence. As the templates are
 * fixed, every look is fitted by itself.
 */
import { NUM_BANDS } from './note-spectra.js';
import { NUM_KEYS, type Templates, templateAmplitudes } from './templates.js';

const ITERATIONS = 40;
/** After these, keys whose share is less than LEAST_SHARE are given up: most of them. */
const PRUNED_AFTER: readonly number[] = [6, 12, 24];
const LEAST_SHARE = 2e-4;
/** Of a template's largest value: less is left out. */
const LEAST_VALUE = 1e-3;
/** Bands are brought to one level, but not further below the strongest than this, lest noise become loud. */
const WHITENING_FLOOR = 1e-3;
/** What is no note: this many broad stretches of noise, from band FIRST_NOISE_BAND on. */
const NOISE_BANDS = 10;
const FIRST_NOISE_BAND = 8;
/** A look whose magnitudes add up to less is silence. */
const SILENCE = 1e-5;
const TINY = 1e-12;

/** A template without its zeros. */
interface Factor {
  readonly bands: Uint16Array;
  readonly values: Float64Array;
  readonly sum: number;
}

/** Fits looks at one sound after another; an object serves one caller at a time. Allocates at construction only. */
export class Decomposition {
  readonly #factors: readonly Factor[];
  readonly #whitening: Float64Array;
  readonly #amplitudes: Float32Array;
  readonly #target = new Float64Array(NUM_BANDS);
  readonly #model = new Float64Array(NUM_BANDS);
  readonly #ratio = new Float64Array(NUM_BANDS);
  readonly #gains: Float64Array;
  readonly #active: Uint8Array;

  constructor(templates: Templates) {
    const { magnitudes } = templates;
    this.#amplitudes = templateAmplitudes(templates);
    this.#whitening = whiteningOf(magnitudes);
    const keys = Array.from({ length: NUM_KEYS }, (_, key) => {
      const row = magnitudes.subarray(key * NUM_BANDS, (key + 1) * NUM_BANDS);
      return factorOf(Float64Array.from(row, (value, band) => value * this.#whitening[band]!));
    });
    this.#factors = [...keys, ...noiseFactors()];
    this.#gains = new Float64Array(this.#factors.length);
    this.#active = new Uint8Array(this.#factors.length);
  }

  /** `look` (NUM_BANDS), magnitudes; `amplitudes` (NUM_KEYS) receives the amplitude of each key, 0 for most. */
  fit(look: Float64Array, amplitudes: Float32Array): void {
    const target = this.#target;
    const gains = this.#gains;
    let loudness = 0;
    let total = 0;
    for (let b = 0; b < NUM_BANDS; b++) {
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
      if (PRUNED_AFTER.includes(i)) this.#prune(total);
    }
    for (let key = 0; key < NUM_KEYS; key++) amplitudes[key] = gains[key]! * this.#amplitudes[key]!;
  }

  #iterate(): void {
    const model = this.#model.fill(TINY);
    const ratio = this.#ratio;
    const gains = this.#gains;
    for (let f = 0; f < gains.length; f++) {
      if (this.#active[f] === 0) continue;
      const { bands, values } = this.#factors[f]!;
      const gain = gains[f]!;
      for (let i = 0; i < bands.length; i++) model[bands[i]!] = model[bands[i]!]! + gain * values[i]!;
    }
    for (let b = 0; b < NUM_BANDS; b++) ratio[b] = this.#target[b]! / model[b]!;
    for (let f = 0; f < gains.length; f++) {
      if (this.#active[f] === 0) continue;
      const { bands, values, sum } = this.#factors[f]!;
      let up = 0;
      for (let i = 0; i < bands.length; i++) up += values[i]! * ratio[bands[i]!]!;
      gains[f] = (gains[f]! * up) / (sum + TINY);
    }
  }

  #prune(total: number): void {
    for (let key = 0; key < NUM_KEYS; key++) {
      if (this.#gains[key]! * this.#factors[key]!.sum >= LEAST_SHARE * total) continue;
      this.#active[key] = 0;
      this.#gains[key] = 0;
    }
  }
}

/** (NUM_BANDS): one over the mean of all templates there. */
function whiteningOf(magnitudes: Float32Array): Float64Array {
  const mean = new Float64Array(NUM_BANDS);
  for (const [i, value] of magnitudes.entries())
    mean[i % NUM_BANDS] = mean[i % NUM_BANDS]! + value / NUM_KEYS;
  const floor = WHITENING_FLOOR * mean.reduce((most, value) => Math.max(most, value), TINY);
  return mean.map((value) => 1 / (value + floor));
}

function factorOf(row: Float64Array): Factor {
  const least = LEAST_VALUE * row.reduce((most, value) => Math.max(most, value), 0);
  const bands = Uint16Array.from(row.keys()).filter((band) => row[band]! > least);
  const values = Float64Array.from(bands, (band) => row[band]!);
  return { bands, values, sum: values.reduce((total, value) => total + value, 0) };
}

/** Humps that overlap by half, each as wide as a constant interval. */
function noiseFactors(): Factor[] {
  const edge = (i: number): number =>
    Math.round(FIRST_NOISE_BAND * (NUM_BANDS / FIRST_NOISE_BAND) ** (i / (NOISE_BANDS + 1)));
  return Array.from({ length: NOISE_BANDS }, (_, i) => {
    const row = new Float64Array(NUM_BANDS);
    const [start, end] = [edge(i), edge(i + 2)];
    for (let b = start; b < end; b++) row[b] = Math.sin((Math.PI * (b - start + 0.5)) / (end - start)) ** 2;
    return factorOf(row);
  });
}
