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

/**
 * The limits of a bundle, in units of a window; those that it does not state have defaults. Of several that sound as one, at least
 * one, of one sample rate and quantiser: what any of them may do.
 */
export function watchdogSettings(...manifests: readonly BundleManifest[]): WatchdogSettings {
  const { sampleRate } = manifests[0]!;
  const period = manifests.map(({ architecture }) => totalPool(architecture)).reduce(leastCommonMultiple, 1);
  const windowFrames = period * Math.max(1, Math.round((WINDOW_MS * sampleRate) / 1000 / period));
  const limits = manifests.map(limitsOf);
  const maxLevelDb = Math.max(...limits.map((limit) => limit.maxLevelDb));
  return {
    windowFrames,
    fadeFrames: Math.round((FADE_MS * sampleRate) / 1000),
    maxPower: windowFrames * 10 ** (maxLevelDb / 10),
    heardPower: windowFrames * 10 ** (HEARD_DB / 10),
    maxSurprise: windowFrames * 256 * Math.max(...limits.map((limit) => limit.maxBits)),
    minSurprise: windowFrames * 256 * Math.min(...limits.map((limit) => limit.minBits)),
  };
}

function limitsOf({ quantiser, watchdog = {} }: BundleManifest) {
  return {
    maxLevelDb: watchdog.maxLevelDb ?? DEFAULT_MAX_LEVEL_DB,
    maxBits: watchdog.maxBitsPerSample ?? Math.log2(quantiser.levels) - DEFAULT_BITS_BELOW_ALL,
    minBits: watchdog.minBitsPerSample ?? DEFAULT_MIN_BITS,
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** The same as the addon reads it: stream/watchdog_judge.h. */
export function watchdogNumbers(settings: WatchdogSettings): Float64Array {
  const { windowFrames, fadeFrames, maxPower, heardPower, maxSurprise, minSurprise } = settings;
  return Float64Array.of(windowFrames, fadeFrames, maxPower, heardPower, maxSurprise, minSurprise);
}
