import type { ParamSpec } from '../../graph/index.js';
import { levelGain } from '../dsp/level-gain.js';

/** Bottom of every level param: here the fader is closed. */
export const SILENT_DB = -60;

/** A fader: 0 dB leaves the sound as it is. */
export function levelParam<const L extends string>(label: L) {
  return {
    type: 'float',
    label,
    unit: 'db',
    min: SILENT_DB,
    max: 12,
    default: 0,
    warp: 'db',
    smoothingMs: 20,
  } as const satisfies ParamSpec;
}

/** Amplitude of a level param; at the bottom of its range exactly 0. */
export function levelToGain(levelDb: number): number {
  return levelDb <= SILENT_DB ? 0 : levelGain(levelDb);
}

/** Turns a ramp of levels into one of amplitudes, in place; a level that stands still costs one conversion. */
export function rampToGains(ramp: Float32Array, numFrames: number): void {
  let levelDb = Number.NaN;
  let gain = 1;
  for (let i = 0; i < numFrames; i++) {
    if (ramp[i] !== levelDb) {
      levelDb = ramp[i]!;
      gain = levelToGain(levelDb);
    }
    ramp[i] = gain;
  }
}
