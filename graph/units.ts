/** The only unit conversions. Times in names carry their unit; `sampleRate` is Hz. */
export type Unit = 'none' | 'ratio' | 'hz' | 'db' | 'ms' | 'frames' | 'semitones' | 'seconds' | 'percent';

export function msToFrames(ms: number, sampleRate: number): number {
  return Math.round((ms * sampleRate) / 1000);
}

export function framesToMs(frames: number, sampleRate: number): number {
  return (frames * 1000) / sampleRate;
}

/** Amplitude ratio of a level; -Infinity dB is 0. */
export function dbToGain(db: number): number {
  return 10 ** (db / 20);
}

export function gainToDb(gain: number): number {
  return 20 * Math.log10(gain);
}
