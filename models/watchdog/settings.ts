import { totalPool } from '../bundle/layout.js';
import type { BundleManifest } from '../bundle/types.js';

/** Length of a window that is judged as one; about. */
const WINDOW_MS = 64;
/** Of the sound that ran away under the one that takes its place. */
const FADE_MS = 40;
/** Below this nothing is heard that could be stuck: one step of 8 linear bits, as silence may lie off by, is -42 dB. */
const HEARD_DB = -40;
/** A sine at full scale has -3 dB: no recording is louder than that for long. */
const DEFAULT_MAX_LEVEL_DB = -3;
/** So close to all tokens being equally probable no model is that knows anything. */
const DEFAULT_BITS_BELOW_ALL = 0.5;
const DEFAULT_MIN_BITS = 0.02;

/** What a watchdog holds a window against, in the units in which it measures. */
export interface WatchdogSettings {
  /** A multiple of the model's total pool, so that a state of one window's end may go on at the end of any other. */
  readonly windowFrames: number;
  readonly fadeFrames: number;
  /** Sum of squares of a window, above which it is too loud. */
  readonly maxPower: number;
  /** The same below which nothing is heard. */
  readonly heardPower: number;
  /** Sum of `Voice.surprise` of a window, above which it is noise; below the other it is certain to a fault. */
  readonly maxSurprise: number;
  readonly minSurprise: number;
}

/** The limits of a bundle, in units of a window; those that it does not state have defaults. */
export function watchdogSettings(manifest: BundleManifest): WatchdogSettings {
  const { sampleRate, architecture, quantiser, watchdog = {} } = manifest;
  const period = totalPool(architecture);
  const windowFrames = period * Math.max(1, Math.round((WINDOW_MS * sampleRate) / 1000 / period));
  const maxBits = watchdog.maxBitsPerSample ?? Math.log2(quantiser.levels) - DEFAULT_BITS_BELOW_ALL;
  return {
    windowFrames,
    fadeFrames: Math.round((FADE_MS * sampleRate) / 1000),
    maxPower: windowFrames * 10 ** ((watchdog.maxLevelDb ?? DEFAULT_MAX_LEVEL_DB) / 10),
    heardPower: windowFrames * 10 ** (HEARD_DB / 10),
    maxSurprise: windowFrames * 256 * maxBits,
    minSurprise: windowFrames * 256 * (watchdog.minBitsPerSample ?? DEFAULT_MIN_BITS),
  };
}

/** The same as the addon reads it: stream/watchdog_judge.h. */
export function watchdogNumbers(settings: WatchdogSettings): Float64Array {
  const { windowFrames, fadeFrames, maxPower, heardPower, maxSurprise, minSurprise } = settings;
  return Float64Array.of(windowFrames, fadeFrames, maxPower, heardPower, maxSurprise, minSurprise);
}
