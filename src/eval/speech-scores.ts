/** How well a sound says what it should: the times of its phones, its pitch, its colour. docs/eval.md defines the figures. */
import { SPEECH_HOP, SPEECH_SAMPLE_RATE, voicingOf } from '../../models/index.js';
import { align, placesOf } from './alignment.js';
import { CEPSTRA, CEPSTRA_HOP, cepstralDistance, melCepstra } from './mel-cepstra.js';
import type { Utterance } from './utterance.js';

/** How far apart frames that belong together may be. */
const BAND_MS = 120;
const FRAME_MS = (1000 * CEPSTRA_HOP) / SPEECH_SAMPLE_RATE;
const ROW_MS = (1000 * SPEECH_HOP) / SPEECH_SAMPLE_RATE;
/** What is further below the loudest frame of the truth counts as silent. */
const SILENT_DB = 35;
/** Rows to each side of a boundary whose pitch is not looked at: the window of the tracker reaches over it. */
const MARGIN_ROWS = 4;
/** A pitch this near counts as right. */
const RIGHT_CENTS = 50;

/** What was measured, before it is summed up: of several utterances these are put together. */
export interface SpeechErrors {
  /** Of each boundary between two phones: found minus true, ms. */
  readonly timesMs: readonly number[];
  /** Of each row that has a pitch: found minus asked; NaN where none was found. */
  readonly cents: readonly number[];
  /** Of each frame that is not silent, dB. */
  readonly distortionsDb: readonly number[];
}

/** null where there is nothing to take it of. */
export interface SpeechScores {
  readonly boundaries: number;
  /** Of the distance in time. */
  readonly timeMedianMs: number | null;
  readonly time90Ms: number | null;
  readonly pitchRows: number;
  /** Of the distance in pitch, over the rows in which one was found. */
  readonly pitchMedianCents: number | null;
  /** Share of all rows that have a pitch. */
  readonly pitchRight: number;
  readonly pitchFound: number;
  readonly distortionDb: number | null;
}

/** What a sound that shall say an utterance makes of its true rendering: the times of phones, and the distance in colour. */
export function shapeErrors(
  { phones }: Utterance,
  truth: Float32Array,
  sound: Float32Array,
): Pick<SpeechErrors, 'timesMs' | 'distortionsDb'> {
  const [a, b] = [melCepstra(truth), melCepstra(sound)];
  const count = a.length / CEPSTRA;
  const alignment = align(
    count,
    b.length / CEPSTRA,
    (i, j) => cepstralDistance(a, i, b, j, 0),
    BAND_MS / FRAME_MS,
  );
  const places = placesOf(alignment);
  const timesMs = phones
    .slice(0, -1)
    .map(({ end }) => end * ROW_MS)
    .filter((timeMs) => timeMs / FRAME_MS < count - 1)
    .map((timeMs) => {
      const frame = Math.floor(timeMs / FRAME_MS);
      const share = timeMs / FRAME_MS - frame;
      return (places[frame]! * (1 - share) + places[frame + 1]! * share) * FRAME_MS - timeMs;
    });
  let loudest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) loudest = Math.max(loudest, a[i * CEPSTRA]!);
  const distortionsDb = alignment.pairs
    .filter(([i]) => a[i * CEPSTRA]! > loudest - SILENT_DB)
    .map(([i, j]) => cepstralDistance(a, i, b, j, 1));
  return { timesMs, distortionsDb };
}

/** Cents of each row that has a pitch: `foundHz` (0 for none) against `askedHz`, by row. */
export function pitchErrors(
  utterance: Utterance,
  foundHz: ArrayLike<number>,
  askedHz: ArrayLike<number>,
): number[] {
  return pitchedRows(utterance)
    .filter((row) => row < foundHz.length && row < askedHz.length)
    .map((row) => (foundHz[row]! > 0 ? 1200 * Math.log2(foundHz[row]! / askedHz[row]!) : Number.NaN));
}

/** The rows inside of phones, or chains of phones, that are all voice. */
export function pitchedRows({ phones, pitchHz }: Utterance): number[] {
  const isVoiced = new Uint8Array(pitchHz.length);
  let start = 0;
  for (const { phone, end } of phones) {
    if (voicingOf(phone) === 1) isVoiced.fill(1, start, end);
    start = end;
  }
  const rows: number[] = [];
  for (let row = 0; row < isVoiced.length; row++) {
    const around = isVoiced.subarray(Math.max(0, row - MARGIN_ROWS), row + MARGIN_ROWS + 1);
    if (around.every((voiced) => voiced === 1)) rows.push(row);
  }
  return rows;
}

export function speechScores(all: readonly SpeechErrors[]): SpeechScores {
  const times = all.flatMap(({ timesMs }) => timesMs.map(Math.abs));
  const cents = all.flatMap((one) => one.cents);
  const found = cents.filter((one) => !Number.isNaN(one)).map(Math.abs);
  const distortions = all.flatMap(({ distortionsDb }) => distortionsDb);
  return {
    boundaries: times.length,
    timeMedianMs: percentile(times, 0.5),
    time90Ms: percentile(times, 0.9),
    pitchRows: cents.length,
    pitchMedianCents: percentile(found, 0.5),
    pitchRight: found.filter((one) => one <= RIGHT_CENTS).length / Math.max(1, cents.length),
    pitchFound: found.length / Math.max(1, cents.length),
    distortionDb:
      distortions.length === 0 ? null : distortions.reduce((sum, one) => sum + one, 0) / distortions.length,
  };
}

/** Between the values below and above; null of none. */
function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}
