/**
 * The period of a sound: de Cheveigne and Kawahara, "YIN, a fundamental frequency estimator for speech and music", 2002,
 * steps 1 to 5, with both windows of the difference symmetric around one place.
 */
import type { Samples } from './samples.js';

/** The first dip below counts, not the deepest one: a sound repeats after two periods as well. */
const DIP = 0.15;

export interface YinOptions {
  /** Hz. */
  readonly sampleRate: number;
  readonly lowestHz: number;
  readonly highestHz: number;
  /** Frames that are compared with those a period later. */
  readonly windowFrames: number;
}

/** One object serves one caller; nothing is allocated after construction. */
export class Yin {
  /** Frames that are looked at on either side of the centre. */
  readonly reachFrames: number;
  /** Of the last answer: 0 for a sound that repeats exactly, about 1 for noise. */
  aperiodicity = 1;
  readonly #sampleRate: number;
  readonly #window: number;
  readonly #shortest: number;
  readonly #longest: number;
  /** By lag: the difference over its mean at all shorter lags. */
  readonly #differences: Float64Array;

  constructor({ sampleRate, lowestHz, highestHz, windowFrames }: YinOptions) {
    this.#sampleRate = sampleRate;
    this.#window = windowFrames;
    this.#shortest = Math.max(2, Math.floor(sampleRate / highestHz));
    this.#longest = Math.ceil(sampleRate / lowestHz);
    this.#differences = new Float64Array(this.#longest + 2);
    this.reachFrames = Math.ceil((windowFrames + this.#longest + 2) / 2);
  }

  /** Hz around frame `centre` of `sound`, which reaches `reachFrames` to both sides of it; see `aperiodicity`. */
  frequencyAt(sound: Samples, centre: number): number {
    const differences = this.#differences;
    let sum = 0;
    differences[0] = 1;
    for (let lag = 1; lag < differences.length; lag++) {
      const difference = this.#differenceAt(sound, centre, lag);
      sum += difference;
      differences[lag] = sum === 0 ? 1 : (difference * lag) / sum;
    }
    const lag = this.#dip();
    this.aperiodicity = Math.min(1, Math.max(0, differences[lag]!));
    return this.#sampleRate / refined(differences, lag);
  }

  #differenceAt(sound: Samples, centre: number, lag: number): number {
    const from = centre - ((this.#window + lag) >> 1);
    const to = from + this.#window;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const step = sound[i]! - sound[i + lag]!;
      sum += step * step;
    }
    return sum;
  }

  /** The bottom of the first deep dip, or else the deepest place. */
  #dip(): number {
    const differences = this.#differences;
    let deepest = this.#shortest;
    for (let lag = this.#shortest; lag <= this.#longest; lag++) {
      if (differences[lag]! < differences[deepest]!) deepest = lag;
      if (differences[lag]! < DIP && differences[lag + 1]! >= differences[lag]!) return lag;
    }
    return deepest;
  }
}

/** The bottom of the parabola through a dip and its neighbours. */
function refined(differences: Float64Array, lag: number): number {
  const before = differences[lag - 1]!;
  const after = differences[lag + 1]!;
  const curvature = before - 2 * differences[lag]! + after;
  if (curvature <= 0) return lag;
  return lag + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)));
}
