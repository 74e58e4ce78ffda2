import { Spectrum } from '../../nodes/index.js';

const WINDOW_FRAMES = 2048;
/** The first octave begins with this bin: 31 Hz at 16 kHz. */
const FIRST_BIN = 4;
const NUM_OCTAVES = 8;
const FLOOR = 1e-12;

/** Level of each octave, dB, for every stretch of `seconds` of a sound at `sampleRate`: one row of eight per stretch. */
export function octaveLevels(sound: Float32Array, sampleRate: number, seconds: number): Float64Array[] {
  const spectrum = new Spectrum(WINDOW_FRAMES, WINDOW_FRAMES);
  const magnitudes = new Float64Array(WINDOW_FRAMES / 2);
  const windows = Math.max(1, Math.round((seconds * sampleRate) / WINDOW_FRAMES));
  const rows: Float64Array[] = [];
  for (let start = 0; start + windows * WINDOW_FRAMES <= sound.length; start += windows * WINDOW_FRAMES) {
    const powers = new Float64Array(NUM_OCTAVES);
    for (let w = 0; w < windows; w++) {
      const at = start + w * WINDOW_FRAMES;
      spectrum.magnitudes(sound, at + WINDOW_FRAMES / 2, magnitudes);
      for (let octave = 0; octave < NUM_OCTAVES; octave++) {
        const [from, to] = [FIRST_BIN << octave, FIRST_BIN << (octave + 1)];
        for (let bin = from; bin < to; bin++)
          powers[octave]! += magnitudes[bin]! ** 2 / (to - from) / windows;
      }
    }
    rows.push(powers.map((power) => 10 * Math.log10(power + FLOOR)));
  }
  return rows;
}

/** The mean of the rows. */
export function meanRow(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(NUM_OCTAVES);
  for (const row of rows) for (let k = 0; k < NUM_OCTAVES; k++) mean[k]! += row[k]! / rows.length;
  return mean;
}

/** How far apart two rows are: the mean distance of an octave, dB. */
export function distanceDb(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, level, k) => sum + Math.abs(level - b[k]!), 0) / NUM_OCTAVES;
}

/** How much the rows move: the standard deviation of an octave, mean over the octaves, dB. */
export function spreadDb(rows: readonly Float64Array[]): number {
  const mean = meanRow(rows);
  let spread = 0;
  for (let k = 0; k < NUM_OCTAVES; k++) {
    spread +=
      Math.sqrt(rows.reduce((sum, row) => sum + (row[k]! - mean[k]!) ** 2, 0) / rows.length) / NUM_OCTAVES;
  }
  return spread;
}
