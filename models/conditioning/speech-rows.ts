/**
 * Phones, pitch and loudness as a model of the voice hears them, docs/conditioning.md: the twin of
 * models/training/speech_rows.py, which the model was trained with, so nothing here may change without it.
 */

/** Of flite's US English voices; in this order they are the labels of the input. */
export const PHONES = (
  'pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k ' +
  'l m n ng ow oy p r s sh t th uh uw v w y z zh'
).split(' ');

/** Hz of the model that it is defined for, and samples per row. */
export const SPEECH_SAMPLE_RATE = 16_000;
export const SPEECH_HOP = 64;
/** Where a row has its octaves above A2 and its loudness, after the weights of the phones. */
export const SPEECH_OCTAVES = PHONES.length;
export const SPEECH_LOUDNESS = PHONES.length + 1;
export const SPEECH_DIM = PHONES.length + 2;
const HARMONICS = 8;
const PULSE = 2 * HARMONICS;
/** Sine and cosine of each harmonic, and the pulse. */
export const SPEECH_SOURCE_DIM = PULSE + 1;

export const LOWEST_SPEECH_HZ = 60;
export const HIGHEST_SPEECH_HZ = 600;
const ZERO_OCTAVES_HZ = 110;
/** Harmonics above are left out. */
const MOST_HARMONIC_HZ = 7200;
/** Rows over which one phone gives way to the next, to each side of their boundary. */
const BLEND_ROWS = 5;

const UNVOICED = new Set(['pau', 'ch', 'f', 'hh', 'k', 'p', 's', 'sh', 't', 'th']);
const WEAKLY_VOICED = new Set(['z', 'zh', 'v', 'dh', 'jh']);
const STOPPED = new Set(['b', 'd', 'g']);

const voicings = Float64Array.from(PHONES, (phone) => {
  if (UNVOICED.has(phone)) return 0;
  if (WEAKLY_VOICED.has(phone)) return 0.6;
  return STOPPED.has(phone) ? 0.7 : 1;
});

const LOWEST_OCTAVES = Math.fround(Math.log2(LOWEST_SPEECH_HZ / ZERO_OCTAVES_HZ));
const HIGHEST_OCTAVES = Math.fround(Math.log2(HIGHEST_SPEECH_HZ / ZERO_OCTAVES_HZ));

/** How much of a phone, by its number, is voice: 0 to 1. */
export function voicingOf(phone: number): number {
  return voicings[phone]!;
}

/** What a row says of a pitch: octaves above A2, inside the range of the voice. */
export function speechOctaves(pitchHz: number): number {
  return Math.log2(Math.min(HIGHEST_SPEECH_HZ, Math.max(LOWEST_SPEECH_HZ, pitchHz)) / ZERO_OCTAVES_HZ);
}

/** A phone, by its number, up to row `end`, which is not part of it. */
export interface PhoneSegment {
  readonly phone: number;
  readonly end: number;
}

/**
 * Rows (pitchHz.length, 43): one phone after the other, from one to the next in a straight line; the last goes on. `segments`
 * is not empty and in order; `pitchHz` and `loudness` have a value per row.
 */
export function speechRows(
  segments: readonly PhoneSegment[],
  pitchHz: ArrayLike<number>,
  loudness: ArrayLike<number>,
): Float32Array {
  const numRows = pitchHz.length;
  const rows = new Float32Array(numRows * SPEECH_DIM);
  let start = 0;
  for (const [index, { phone, end }] of segments.entries()) {
    const until = index === segments.length - 1 ? numRows : Math.min(end, numRows);
    for (let row = start; row < until; row++) rows[row * SPEECH_DIM + phone] = 1;
    start = Math.max(start, until);
  }
  start = 0;
  for (let index = 0; index + 1 < segments.length; index++) {
    const now = segments[index]!;
    const following = segments[index + 1]!;
    const reach = Math.min(BLEND_ROWS, (now.end - start) >> 1, (following.end - now.end) >> 1);
    for (let row = Math.max(now.end - reach, 0); row < Math.min(now.end + reach, numRows); row++) {
      const share = (row - now.end + reach + 0.5) / (2 * reach);
      const weights = rows.subarray(row * SPEECH_DIM, row * SPEECH_DIM + PHONES.length).fill(0);
      weights[now.phone] = 1 - share;
      weights[following.phone] = weights[following.phone]! + share;
    }
    start = now.end;
  }
  for (let row = 0; row < numRows; row++) {
    rows[row * SPEECH_DIM + SPEECH_OCTAVES] = speechOctaves(pitchHz[row]!);
    rows[row * SPEECH_DIM + SPEECH_LOUDNESS] = loudness[row]!;
  }
  return rows;
}

/**
 * What the vocal folds do, sample by sample: the state at the beginning of a row of `speech`. The same rows give the same
 * values, bit for bit, also from a copy. Nothing allocates.
 */
export class SpeechSource {
  /** Cycles, in [0, 1). */
  #phase = 0;
  /** Of the pulse that the last sample began: what falls on the next one. */
  #carry = 0;
  /** Cycles of the step that led to the next sample; 0 before the first. */
  #step = 0;
  /** Whether the phase has passed a whole number on its way to the next sample. */
  #isWhole = true;

  /** To the start of a stream. */
  reset(): void {
    this.#phase = this.#carry = this.#step = 0;
    this.#isWhole = true;
  }

  /** The same state, from here on. */
  copyFrom(other: SpeechSource): void {
    this.#phase = other.#phase;
    this.#carry = other.#carry;
    this.#step = other.#step;
    this.#isWhole = other.#isWhole;
  }

  /**
   * Writes the source (64, 17) under the row of `speech` at `row[rowAt..)` to `into[at..)`, and goes on to the next row. A pitch
   * beyond the range of the voice counts as its end.
   */
  write(row: Float32Array, rowAt: number, into: Float32Array, at: number): void {
    let voicing = 0;
    for (let phone = 0; phone < voicings.length; phone++) voicing += row[rowAt + phone]! * voicings[phone]!;
    const octaves = Math.min(HIGHEST_OCTAVES, Math.max(LOWEST_OCTAVES, row[rowAt + SPEECH_OCTAVES]!));
    const hz = ZERO_OCTAVES_HZ * 2 ** octaves;
    const step = hz / SPEECH_SAMPLE_RATE;
    const harmonics = Math.min(HARMONICS, Math.floor(MOST_HARMONIC_HZ / hz));
    const end = at + SPEECH_HOP * SPEECH_SOURCE_DIM;
    for (let to = at; to < end; to += SPEECH_SOURCE_DIM) {
      this.#writeHarmonics(voicing, harmonics, into, to);
      this.#writePulse(voicing, step, into, to);
      this.#phase += step;
      this.#step = step;
      this.#isWhole = this.#phase >= 1;
      if (this.#isWhole) this.#phase -= 1;
    }
  }

  #writeHarmonics(voicing: number, harmonics: number, into: Float32Array, at: number): void {
    const sin1 = Math.sin(2 * Math.PI * this.#phase);
    const cos1 = Math.cos(2 * Math.PI * this.#phase);
    let sin = voicing * sin1;
    let cos = voicing * cos1;
    for (let i = 0; i < PULSE; i += 2) {
      const isHeard = i < 2 * harmonics;
      into[at + i] = isHeard ? sin : 0;
      into[at + i + 1] = isHeard ? cos : 0;
      const next = sin * cos1 + cos * sin1;
      cos = cos * cos1 - sin * sin1;
      sin = next;
    }
  }

  /** A sample late, so that the pulse may fall between two. */
  #writePulse(voicing: number, step: number, into: Float32Array, at: number): void {
    let pulse = this.#carry;
    this.#carry = 0;
    if (this.#isWhole) {
      const since = this.#phase / (this.#step === 0 ? step : this.#step);
      pulse += since * voicing;
      this.#carry = (1 - since) * voicing;
    }
    into[at + PULSE] = pulse;
  }
}
