/** How near sounds of classes are to each other, and whether a mix of two is one sound. */
import { fitGaussian, frechetDistance, type Gaussian } from './frechet.js';
import { LOG_MEL, LogMel } from './log-mel.js';

/** Of the level of a mix over time. */
const LEVEL_SECONDS = 0.1;
/** What is fainter counts as this. */
const SILENCE_DB = -100;

/** Fits the log-mel frames of a sound at 16 kHz; it needs two whole windows, 1280 samples. */
export function soundGaussian(sound: Float32Array, mel = new LogMel(LOG_MEL)): Gaussian {
  return fitGaussian(mel.frames(sound), LOG_MEL.numBands);
}

/** `distances[i][j]` from `sounds[i]` to `others[j]`, log-mel Frechet. */
export function soundDistances(
  sounds: readonly Float32Array[],
  others: readonly Float32Array[],
): readonly (readonly number[])[] {
  const mel = new LogMel(LOG_MEL);
  const to = others.map((sound) => soundGaussian(sound, mel));
  return sounds.map((sound) => {
    const from = soundGaussian(sound, mel);
    return to.map((other) => frechetDistance(from, other));
  });
}

/** From the first half of a sound to its second: what no model need go below. */
export function halvesDistance(sound: Float32Array): number {
  const half = sound.length >> 1;
  return soundDistances([sound.subarray(0, half)], [sound.subarray(half)])[0]![0]!;
}

/** The level of a sound, dB below full scale: over all of it, and of its quietest tenth of a second. */
export function steadiness(
  sound: Float32Array,
  sampleRate: number,
): { readonly levelDb: number; readonly leastDb: number } {
  const size = Math.round(LEVEL_SECONDS * sampleRate);
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + size <= sound.length; at += size) {
    least = Math.min(least, levelDb(sound.subarray(at, at + size)));
  }
  return { levelDb: levelDb(sound), leastDb: least };
}

function levelDb(sound: Float32Array): number {
  const power = sound.reduce((sum, x) => sum + x * x, 0) / Math.max(1, sound.length);
  return Math.max(SILENCE_DB, 10 * Math.log10(power));
}
