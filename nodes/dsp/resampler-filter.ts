import { NodeError } from '../errors.js';
import { kaiser, kaiserBeta, kaiserTransition } from './kaiser.js';

export interface ResamplerQuality {
  /** Zero crossings of the sinc on each side: what latency and sharpness follow from. */
  readonly lobes: number;
  /** Of the window, in dB. 10 dB less is what is promised: several images may add up. */
  readonly attenuationDb: number;
}

/** For what is played live: 1 ms at 16 kHz. Flat to 0.82 of the lower Nyquist frequency, images and aliases below -80 dB. */
export const lowLatencyQuality: ResamplerQuality = { lobes: 16, attenuationDb: 90 };
/** For converters and drift correction: flat to 0.91 of the lower Nyquist frequency, -80 dB. */
export const fineQuality: ResamplerQuality = { lobes: 32, attenuationDb: 90 };

/** Fractions of a frame for rates that are no whole numbers of Hz: error 2^-33. */
export const FINE_DENOMINATOR = 2 ** 32;
/** Interpolation between this many phases is good to about -110 dB. */
const FEWEST_PHASES = 512;
/** Time must stay exact in a double: this bounds ratio and block together. */
const MOST_RATIO = 256;

/** A windowed sinc sampled at `phases` fractions of an input frame. Read-only; shared by the streams of a rate pair. */
export interface ResamplerFilter {
  readonly quality: ResamplerQuality;
  /** Output frames are `step / denominator` input frames apart: both whole, exact for rates in whole Hz. */
  readonly step: number;
  readonly denominator: number;
  /** Delay in input frames; every row has twice as many taps. */
  readonly delayFrames: number;
  readonly phases: number;
  /** (phases + 1, 2 * delayFrames) row-major; row p is for a fraction of p / phases; each row sums to 1. */
  readonly rows: Float64Array;
  /** Hz. Up to here flat within 0.01 dB; what it mirrors or folds is below the stop-band. */
  readonly passbandHz: number;
  /** Hz. From here on the filter itself is below the stop-band. */
  readonly stopbandHz: number;
}

/** Delay of the filter in output frames, fractional where the rates make it so. */
export function delayInOutputFrames(filter: ResamplerFilter): number {
  return (filter.delayFrames * filter.denominator) / filter.step;
}

/**
 * The cut-off lies on the lower Nyquist frequency; the transition around it is as wide as the lobes make it.
 * Costs milliseconds and up to a few megabytes: call off the audio path.
 */
export function designResamplerFilter(
  inputRate: number,
  outputRate: number,
  quality: ResamplerQuality,
): ResamplerFilter {
  const ratio = inputRate / outputRate;
  if (!(inputRate > 0 && outputRate > 0 && ratio <= MOST_RATIO && ratio >= 1 / MOST_RATIO)) {
    throw new NodeError(
      'NODE_ARGUMENT',
      `expected two rates above 0 Hz, at most ${MOST_RATIO} to 1 apart, but received ${inputRate} and ${outputRate}`,
    );
  }
  const isWhole = Number.isInteger(inputRate) && Number.isInteger(outputRate);
  const divisor = isWhole ? greatestCommonDivisor(inputRate, outputRate) : 1;
  const step = isWhole ? inputRate / divisor : Math.round(ratio * FINE_DENOMINATOR);
  const denominator = isWhole ? outputRate / divisor : FINE_DENOMINATOR;

  const cutoff = Math.min(1, 1 / ratio);
  const delayFrames = Math.ceil(quality.lobes / cutoff);
  // A filter that is stretched to cut lower changes more slowly between phases and needs fewer of them.
  const fewest = Math.max(8, Math.ceil(FEWEST_PHASES * cutoff));
  // Every phase of a simple ratio has a row of its own; other phases are interpolated.
  const isTabulated = denominator <= 2 * fewest;
  const phases = isTabulated ? denominator * Math.ceil(fewest / denominator) : fewest;
  const halfTransitionHz = (kaiserTransition(2 * delayFrames, quality.attenuationDb) * inputRate) / 2;
  const nyquistHz = Math.min(inputRate, outputRate) / 2;
  return {
    quality,
    step,
    denominator,
    delayFrames,
    phases,
    rows: tabulate(cutoff, delayFrames, phases, kaiserBeta(quality.attenuationDb)),
    passbandHz: nyquistHz - halfTransitionHz,
    stopbandHz: nyquistHz + halfTransitionHz,
  };
}

function tabulate(cutoff: number, delayFrames: number, phases: number, beta: number): Float64Array {
  const taps = 2 * delayFrames;
  const rows = new Float64Array((phases + 1) * taps);
  for (let p = 0; p <= phases; p++) {
    const row = rows.subarray(p * taps, (p + 1) * taps);
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      const time = p / phases - delayFrames + j;
      const x = Math.PI * cutoff * time;
      row[j] = (x === 0 ? 1 : Math.sin(x) / x) * kaiser(time / delayFrames, beta);
      sum += row[j]!;
    }
    for (let j = 0; j < taps; j++) row[j]! /= sum;
  }
  return rows;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
