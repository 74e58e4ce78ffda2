/** Where keys begin to sound. */
import { HIGHEST_PITCH, LOWEST_PITCH } from '../../models/index.js';
import { DETECTOR_RATE, HOP_FRAMES } from './note-spectra.js';
import { NUM_KEYS } from './templates.js';

/** A key that began to sound. */
export interface FoundNote {
  readonly seconds: number;
  /** MIDI key number. */
  readonly pitch: number;
  /** By how much the amplitude of the key rose. */
  readonly amplitude: number;
}

/** Looks before and after, between which a rise is measured: 80 ms. */
const RISE_LOOKS = 2;
/** An onset is the largest rise of its key within so many looks to each side. */
const PEAK_LOOKS = 3;
/** What rises together: within so many looks to each side. Loud blows have small rises of other keys about them. */
const CONTEXT_LOOKS = 2;

/**
 * What counts as an onset. Chosen once, on the true rendering of movements of the training set, and not changed since:
 * tuning them on what is to be measured would measure the tuning.
 */
export const ONSET_THRESHOLDS = {
  /** Amplitude that a rise has at least, whatever is around it. */
  least: 0.005,
  /** Share of the largest rise of any key at the time that a rise has at least. */
  share: 0.13,
} as const;

/** `amplitudes` (looks, NUM_KEYS) of all keys over time. By time. */
export function findOnsets(
  amplitudes: Float32Array,
  { least, share }: { readonly least: number; readonly share: number } = ONSET_THRESHOLDS,
): FoundNote[] {
  const looks = amplitudes.length / NUM_KEYS;
  const rises = risesOf(amplitudes, looks);
  const context = contextOf(rises, looks);
  const found: FoundNote[] = [];
  for (let t = 0; t < looks; t++) {
    for (let key = 0; key < NUM_KEYS; key++) {
      const amplitude = rises[t * NUM_KEYS + key]!;
      if (amplitude < least || amplitude < share * context[t]! || !isPeak(rises, looks, t, key)) continue;
      found.push({ seconds: (t * HOP_FRAMES) / DETECTOR_RATE, pitch: LOWEST_PITCH + key, amplitude });
    }
  }
  return found;
}

/** (looks, NUM_KEYS), at least 0. Before its beginning a sound is silence. */
function risesOf(amplitudes: Float32Array, looks: number): Float32Array {
  const rises = new Float32Array(amplitudes.length);
  for (let t = 0; t < looks; t++) {
    const after = Math.min(looks - 1, t + RISE_LOOKS) * NUM_KEYS;
    const before = (t - RISE_LOOKS) * NUM_KEYS;
    for (let key = 0; key < NUM_KEYS; key++) {
      const rise = amplitudes[after + key]! - (before < 0 ? 0 : amplitudes[before + key]!);
      rises[t * NUM_KEYS + key] = Math.max(0, rise);
    }
  }
  return rises;
}

/** (looks): the largest rise of any key around each look. */
function contextOf(rises: Float32Array, looks: number): Float32Array {
  const largest = new Float32Array(looks);
  for (let i = 0; i < rises.length; i++) {
    const t = Math.floor(i / NUM_KEYS);
    largest[t] = Math.max(largest[t]!, rises[i]!);
  }
  return largest.map((_, t) =>
    largest
      .subarray(Math.max(0, t - CONTEXT_LOOKS), t + CONTEXT_LOOKS + 1)
      .reduce((most, value) => Math.max(most, value), 0),
  );
}

/** The first of equal ones. */
function isPeak(rises: Float32Array, looks: number, t: number, key: number): boolean {
  const own = rises[t * NUM_KEYS + key]!;
  for (let u = Math.max(0, t - PEAK_LOOKS); u <= Math.min(looks - 1, t + PEAK_LOOKS); u++) {
    const other = rises[u * NUM_KEYS + key]!;
    if (other > own || (other === own && u < t)) return false;
  }
  return true;
}

/** Whether the detector has this key. */
export function isDetectable(pitch: number): boolean {
  return pitch >= LOWEST_PITCH && pitch <= HIGHEST_PITCH;
}
