/** What becomes of a long sound: its level and its spectrum over time, in figures that do not grow with it. */
import { Spectrum } from '../../nodes/index.js';

/** Seconds of one value of the level curve. */
export const LEVEL_SECONDS = 0.1;
/** A stretch below is silent, dBFS. */
export const SILENT_DB = -60;
/** A sample at least so far out is clipped: the last levels of a quantiser. */
const CLIPPED = 0.985;

const WINDOW_FRAMES = 4096;
export const SPECTRUM_ROWS = 120;
const LOWEST_HZ = 30;

/** Takes a sound in order, block by block. */
export class SoundWatch {
  /** dBFS (one per LEVEL_SECONDS), of whole stretches. */
  readonly levels: number[] = [];
  /** Of SPECTRUM_ROWS values each, from low to high: the root of the mean energy in a row. */
  readonly columns: Float64Array[] = [];
  clippedSamples = 0;
  numFrames = 0;

  readonly #spectrum = new Spectrum(WINDOW_FRAMES, WINDOW_FRAMES);
  readonly #bins = new Float64Array(WINDOW_FRAMES / 2);
  readonly #rowOfBin: Int16Array;
  readonly #hasBin: readonly boolean[];
  readonly #levelFrames: number;
  readonly #window = new Float32Array(WINDOW_FRAMES);
  readonly #framesPerColumn: number;
  #sumOfSquares = 0;
  #column = new Float64Array(SPECTRUM_ROWS);
  #columnSpectra = 0;
  #columnEnd: number;

  /** `numColumns` over the `seconds` that are to come. */
  constructor(
    readonly sampleRate: number,
    seconds: number,
    numColumns: number,
  ) {
    this.#levelFrames = Math.round(LEVEL_SECONDS * sampleRate);
    this.#framesPerColumn = Math.max(WINDOW_FRAMES, (seconds * sampleRate) / numColumns);
    this.#columnEnd = this.#framesPerColumn;
    this.#rowOfBin = Int16Array.from({ length: WINDOW_FRAMES / 2 }, (_, bin) =>
      this.#row((bin * sampleRate) / WINDOW_FRAMES),
    );
    this.#hasBin = Array.from({ length: SPECTRUM_ROWS }, (_, row) => this.#rowOfBin.includes(row));
  }

  /** Hz at the lower edge of a row of the spectrum. */
  hzOfRow(row: number): number {
    return LOWEST_HZ * (this.sampleRate / 2 / LOWEST_HZ) ** (row / SPECTRUM_ROWS);
  }

  push(block: Float32Array): void {
    for (let i = 0; i < block.length; i++) {
      const x = block[i]!;
      if (!(Math.abs(x) < CLIPPED)) this.clippedSamples++;
      this.#sumOfSquares += x * x;
      this.#window[this.numFrames % WINDOW_FRAMES] = x;
      this.numFrames++;
      if (this.numFrames % this.#levelFrames === 0) this.#endLevel();
      if (this.numFrames % WINDOW_FRAMES === 0) this.#endWindow();
    }
  }

  #endLevel(): void {
    this.levels.push(10 * Math.log10(this.#sumOfSquares / this.#levelFrames + 1e-12));
    this.#sumOfSquares = 0;
  }

  #endWindow(): void {
    this.#spectrum.magnitudes(this.#window, WINDOW_FRAMES / 2, this.#bins);
    for (let bin = 0; bin < this.#bins.length; bin++) {
      const row = this.#rowOfBin[bin]!;
      if (row >= 0) this.#column[row] = this.#column[row]! + this.#bins[bin]! ** 2;
    }
    this.#columnSpectra++;
    if (this.numFrames < this.#columnEnd) return;
    this.columns.push(this.#filled());
    this.#column = new Float64Array(SPECTRUM_ROWS);
    this.#columnSpectra = 0;
    this.#columnEnd += this.#framesPerColumn;
  }

  /** Low rows are narrower than a bin: those without one show the next below. */
  #filled(): Float64Array {
    let below = 0;
    return this.#column.map((energy, row) => {
      if (this.#hasBin[row]) below = Math.sqrt(energy / this.#columnSpectra);
      return below;
    });
  }

  #row(hz: number): number {
    if (hz < LOWEST_HZ) return -1;
    const row = Math.floor(
      (SPECTRUM_ROWS * Math.log(hz / LOWEST_HZ)) / Math.log(this.sampleRate / 2 / LOWEST_HZ),
    );
    return Math.min(row, SPECTRUM_ROWS - 1);
  }
}

export interface LevelFigures {
  /** dBFS below which 5, 50 and 95 % of the stretches lie. */
  readonly percentilesDb: { readonly p5: number; readonly p50: number; readonly p95: number };
  /** Slope of a line through the levels of all stretches that are not silent; null for fewer than two. */
  readonly driftDbPerMinute: number | null;
  readonly silentShare: number;
}

export function levelFigures(levels: readonly number[]): LevelFigures {
  const sorted = [...levels].sort((a, b) => a - b);
  const percentile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NEGATIVE_INFINITY;
  const audible = levels
    .map((level, i) => [((i + 0.5) * LEVEL_SECONDS) / 60, level] as const)
    .filter(([, level]) => level >= SILENT_DB);
  return {
    percentilesDb: { p5: percentile(0.05), p50: percentile(0.5), p95: percentile(0.95) },
    driftDbPerMinute: slopeOf(audible),
    silentShare: levels.length === 0 ? 0 : 1 - audible.length / levels.length,
  };
}

/** Least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number | null {
  const count = points.length;
  const xMean = points.reduce((sum, [x]) => sum + x, 0) / count;
  const yMean = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const spread = points.reduce((sum, [x]) => sum + (x - xMean) ** 2, 0);
  if (!(spread > 0)) return null;
  return points.reduce((sum, [x, y]) => sum + (x - xMean) * (y - yMean), 0) / spread;
}

/**
 * How far the spectrum of the last fifth is from that of the first, dB: the root mean square over rows of the difference
 * of their mean levels, once the difference in loudness is taken away; null for fewer than five columns.
 */
export function spectralDriftDb(columns: readonly Float64Array[]): number | null {
  const count = Math.floor(columns.length / 5);
  if (count === 0) return null;
  const first = meanLevels(columns.slice(0, count));
  const last = meanLevels(columns.slice(-count));
  const steps = first.map((level, row) => last[row]! - level);
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  return Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length);
}

/** dB of the mean energy of each row, with a floor at -100. */
function meanLevels(columns: readonly Float64Array[]): number[] {
  return Array.from({ length: SPECTRUM_ROWS }, (_, row) => {
    const energy = columns.reduce((sum, column) => sum + column[row]! ** 2, 0) / columns.length;
    return 10 * Math.log10(energy + 1e-10);
  });
}
