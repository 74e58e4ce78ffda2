/** Log-mel frames of sounds at 16 kHz, to the definition of models/training/metrics.py: numbers of both compare. */
import { Fft } from './fft.js';

const RATE = 16_000;
export const MEL_BANDS = 40;
/** Samples of a frame, and from one to the next. */
export const MEL_WINDOW = 1024;
export const MEL_HOP = 256;
/** Power, relative to a full-scale sine in one bin. */
const FLOOR = 1e-8;
const BINS = MEL_WINDOW / 2 + 1;

/** What every call shares. */
interface Tables {
  readonly fft: Fft;
  /** Scaled so that a full-scale sine peaks at 1. */
  readonly window: Float64Array;
  readonly filters: readonly Filter[];
}

/** The bins of a band, from `first` on. */
interface Filter {
  readonly first: number;
  readonly weights: Float64Array;
}

let tables: Tables | undefined;

/** (frames, MEL_BANDS) natural logarithms of mel power; only whole windows make frames. */
export function logMelFrames(samples: Float32Array): Float64Array[] {
  tables ??= makeTables();
  const { fft, window, filters } = tables;
  const re = new Float64Array(MEL_WINDOW);
  const im = new Float64Array(MEL_WINDOW);
  const power = new Float64Array(BINS);
  const frames: Float64Array[] = [];
  for (let start = 0; start + MEL_WINDOW <= samples.length; start += MEL_HOP) {
    for (let i = 0; i < MEL_WINDOW; i++) re[i] = samples[start + i]! * window[i]!;
    im.fill(0);
    fft.transform(re, im);
    for (let b = 0; b < BINS; b++) power[b] = re[b]! ** 2 + im[b]! ** 2;
    frames.push(Float64Array.from(filters, (filter) => Math.log(bandPower(filter, power) + FLOOR)));
  }
  return frames;
}

function bandPower({ first, weights }: Filter, power: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[first + i]!;
  return sum;
}

function makeTables(): Tables {
  const hann = Float64Array.from(
    { length: MEL_WINDOW },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (MEL_WINDOW - 1)),
  );
  const sum = hann.reduce((total, value) => total + value, 0);
  return {
    fft: new Fft(MEL_WINDOW),
    window: hann.map((value) => (2 * value) / sum),
    filters: melFilters(),
  };
}

/** Triangles, evenly spaced on the mel scale from 0 Hz to half the rate. */
function melFilters(): Filter[] {
  const top = 2595 * Math.log10(1 + RATE / 2 / 700);
  const corners = Array.from(
    { length: MEL_BANDS + 2 },
    (_, k) => 700 * (10 ** ((top * k) / (MEL_BANDS + 1) / 2595) - 1),
  );
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [low, centre, high] = corners.slice(band, band + 3) as [number, number, number];
    const first = Math.ceil((low * MEL_WINDOW) / RATE);
    const last = Math.min(BINS - 1, Math.floor((high * MEL_WINDOW) / RATE));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, i) => {
      const hz = ((first + i) * RATE) / MEL_WINDOW;
      return Math.max(0, Math.min((hz - low) / (centre - low), (high - hz) / (high - centre)));
    });
    return { first, weights };
  });
}
