/** What a sound is like in short: the shape of its spectrum, as few numbers whose distance is one in dB. */
import { LogMel } from './log-mel.js';

const WINDOW_FRAMES = 512;
/** Samples from one frame to the next, 5 ms at 16 kHz. */
export const CEPSTRA_HOP = 80;
const BANDS = 40;
/** The first is the level, the others the shape. */
export const CEPSTRA = 25;
/** Of the natural logarithm of power in a band: what is below is silent. */
const FLOOR = Math.log(1e-7);

const NATURAL_TO_DB = 10 / Math.LN10;

/**
 * (frames, CEPSTRA), row-major: frame i is around sample i * CEPSTRA_HOP of a sound at 16 kHz. In dB, and scaled so that the
 * root of the sum of squares of a difference is the root mean square over all bands of the difference of smoothed spectra.
 */
export function melCepstra(sound: Float32Array): Float64Array {
  const padded = new Float32Array(sound.length + WINDOW_FRAMES);
  padded.set(sound, WINDOW_FRAMES / 2);
  const logMel = new LogMel({
    sampleRate: 16_000,
    numBands: BANDS,
    windowFrames: WINDOW_FRAMES,
    hopFrames: CEPSTRA_HOP,
  });
  const bands = logMel.frames(padded);
  const numFrames = bands.length / BANDS;
  const out = new Float64Array(numFrames * CEPSTRA);
  for (let frame = 0; frame < numFrames; frame++) {
    for (let k = 0; k < CEPSTRA; k++) {
      let sum = 0;
      for (let band = 0; band < BANDS; band++) {
        const level = Math.max(FLOOR, bands[frame * BANDS + band]!);
        sum += level * Math.cos((Math.PI * k * (band + 0.5)) / BANDS);
      }
      out[frame * CEPSTRA + k] = ((k === 0 ? 1 : Math.SQRT2) * NATURAL_TO_DB * sum) / BANDS;
    }
  }
  return out;
}

/** dB between frame i of `a` and frame j of `b`, over the cepstra [first, CEPSTRA). */
export function cepstralDistance(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  first: number,
): number {
  let sum = 0;
  for (let k = first; k < CEPSTRA; k++) sum += (a[i * CEPSTRA + k]! - b[j * CEPSTRA + k]!) ** 2;
  return Math.sqrt(sum);
}
