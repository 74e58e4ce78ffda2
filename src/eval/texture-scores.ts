/** How far textures are from each other, and how loud they are. docs/eval.md has the definitions. */
import { fitGaussian, frechetDistance, type Gaussian } from './frechet.js';
import { LOG_MEL, LogMel } from './log-mel.js';

/** Frames with which a sound has two halves of at least two frames. */
const LEAST_FRAMES = 4;
/** Stretches of a sound that go to its two halves in turn, at most. */
const STRETCHES = 10;
/** Of one level: 100 ms. */
const LEVEL_SAMPLES = LOG_MEL.sampleRate / 10;

/** Samples that a sound needs to be measured. */
export const LEAST_TEXTURE_SAMPLES = LOG_MEL.windowFrames + (LEAST_FRAMES - 1) * LOG_MEL.hopFrames;

export interface Levels {
  /** dBFS, of the softest 100 ms and of those in the middle. */
  readonly leastDb: number;
  readonly medianDb: number;
}

/** Of whole stretches of 100 ms, of which each sound has one or more. */
export function levelsOf(sounds: readonly Float32Array[]): Levels {
  const levels = sounds.flatMap(stretchLevels).sort((a, b) => a - b);
  return { leastDb: levels[0]!, medianDb: levels[levels.length >> 1]! };
}

function stretchLevels(sound: Float32Array): number[] {
  return Array.from({ length: Math.floor(sound.length / LEVEL_SAMPLES) }, (_, i) => {
    const stretch = sound.subarray(i * LEVEL_SAMPLES, (i + 1) * LEVEL_SAMPLES);
    return 10 * Math.log10(stretch.reduce((sum, x) => sum + x * x, 0) / LEVEL_SAMPLES + 1e-12);
  });
}

/** Sounds as Gaussians over their log-mel frames. */
export class TextureYardstick {
  readonly #mel = new LogMel();

  /** Of sounds of at least LEAST_TEXTURE_SAMPLES together; no frame lies across two of them. */
  gaussianOf(sounds: readonly Float32Array[]): Gaussian {
    return gaussianOver(sounds.flatMap((sound) => this.#framesOf(sound)));
  }

  /** Of two halves, cut into up to ten stretches of equal length that go to one and the other in turn. */
  halvesOf(sound: Float32Array): readonly [Gaussian, Gaussian] {
    const frames = this.#framesOf(sound);
    const stretches = Math.min(STRETCHES, 2 * Math.floor(frames.length / LEAST_FRAMES));
    const half = (parity: number): Float64Array[] =>
      frames.filter((_, i) => Math.floor((i * stretches) / frames.length) % 2 === parity);
    return [gaussianOver(half(0)), gaussianOver(half(1))];
  }

  #framesOf(sound: Float32Array): Float64Array[] {
    const frames = this.#mel.frames(sound);
    const { numBands } = LOG_MEL;
    return Array.from({ length: frames.length / numBands }, (_, i) =>
      frames.subarray(i * numBands, (i + 1) * numBands),
    );
  }
}

function gaussianOver(frames: readonly Float64Array[]): Gaussian {
  const rows = new Float64Array(frames.length * LOG_MEL.numBands);
  for (const [i, frame] of frames.entries()) rows.set(frame, i * LOG_MEL.numBands);
  return fitGaussian(rows, LOG_MEL.numBands);
}

/** `distances[row][column]`. */
export function distanceMatrix(rows: readonly Gaussian[], columns: readonly Gaussian[]): number[][] {
  return rows.map((row) => columns.map((column) => frechetDistance(row, column)));
}

/** The column of the least distance of each row. */
export function nearestColumns(distances: readonly (readonly number[])[]): number[] {
  return distances.map((row) => row.indexOf(Math.min(...row)));
}

/** Two sounds at half of their power each; the shorter one goes on from its beginning. */
export function halfAndHalf(a: Float32Array, b: Float32Array): Float32Array {
  const length = Math.max(a.length, b.length);
  return Float32Array.from({ length }, (_, i) => Math.SQRT1_2 * (a[i % a.length]! + b[i % b.length]!));
}
