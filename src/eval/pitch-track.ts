/**
 * How high a voice is, row by row: de Cheveigne and Kawahara, "YIN, a fundamental frequency estimator for speech and music",
 * 2002, steps 1 to 5, with both windows of the difference symmetric around the middle of the row.
 */

/** Samples from row to row, 4 ms at 16 kHz. */
export const PITCH_HOP = 64;
const SAMPLE_RATE = 16_000;
const LOWEST_HZ = 55;
const HIGHEST_HZ = 650;
/** Samples that are compared with those a period later. */
const WINDOW = 512;
const SHORTEST = Math.floor(SAMPLE_RATE / HIGHEST_HZ);
const LONGEST = Math.ceil(SAMPLE_RATE / LOWEST_HZ);
/** The first dip below counts, not the deepest one: a voice repeats after two periods as well. */
const DIP = 0.15;
/** Above, even at the deepest dip, there is no pitch. */
const MOST_APERIODIC = 0.4;
/** Mean power of the window, below which there is no pitch: -60 dBFS. */
const LEAST_POWER = 1e-6;

/** Hz by row of PITCH_HOP samples at 16 kHz, 0 where there is no pitch. Beyond its ends the sound is silent. */
export function trackPitch(sound: Float32Array): Float64Array {
  const margin = WINDOW + LONGEST;
  const padded = new Float64Array(sound.length + 2 * margin);
  padded.set(sound, margin);
  const differences = new Float64Array(LONGEST + 2);
  return Float64Array.from({ length: Math.floor(sound.length / PITCH_HOP) }, (_, row) =>
    pitchAt(padded, margin + row * PITCH_HOP + PITCH_HOP / 2, differences),
  );
}

/** `differences[lag]` is rewritten: the difference over its mean at all shorter lags. */
function pitchAt(sound: Float64Array, centre: number, differences: Float64Array): number {
  if (powerAt(sound, centre) < LEAST_POWER) return 0;
  let sum = 0;
  differences[0] = 1;
  for (let lag = 1; lag < differences.length; lag++) {
    const difference = differenceAt(sound, centre, lag);
    sum += difference;
    differences[lag] = sum === 0 ? 1 : (difference * lag) / sum;
  }
  const lag = dipOf(differences);
  return lag === undefined ? 0 : SAMPLE_RATE / refined(differences, lag);
}

function powerAt(sound: Float64Array, centre: number): number {
  let power = 0;
  for (let i = centre - WINDOW / 2; i < centre + WINDOW / 2; i++) power += sound[i]! * sound[i]!;
  return power / WINDOW;
}

function differenceAt(sound: Float64Array, centre: number, lag: number): number {
  const from = centre - ((WINDOW + lag) >> 1);
  let sum = 0;
  for (let i = from; i < from + WINDOW; i++) {
    const step = sound[i]! - sound[i + lag]!;
    sum += step * step;
  }
  return sum;
}

/** The bottom of the first deep dip, or else the deepest place; undefined when that is not deep. */
function dipOf(differences: Float64Array): number | undefined {
  let deepest = SHORTEST;
  for (let lag = SHORTEST; lag <= LONGEST; lag++) {
    if (differences[lag]! < differences[deepest]!) deepest = lag;
    if (differences[lag]! < DIP && differences[lag + 1]! >= differences[lag]!) return lag;
  }
  return differences[deepest]! < MOST_APERIODIC ? deepest : undefined;
}

/** The bottom of the parabola through a dip and its neighbours. */
function refined(differences: Float64Array, lag: number): number {
  const [before, here, after] = [differences[lag - 1]!, differences[lag]!, differences[lag + 1]!];
  const curvature = before - 2 * here + after;
  if (curvature <= 0) return lag;
  return lag + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)));
}
