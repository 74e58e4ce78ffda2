import {
  type ConditioningInput,
  PHONES,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_LOUDNESS,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechRows,
} from '../../models/index.js';
import type { Utterance } from '../../src/eval/utterance.js';

/** The inputs of a model of the voice with two speakers. */
export const SPEECH_CONDITIONING: readonly ConditioningInput[] = [
  { name: 'speech', kind: 'speech', dim: SPEECH_DIM, rateHz: 250, labels: PHONES },
  { name: 'source', kind: 'speech-source', dim: SPEECH_SOURCE_DIM, rateHz: 16000 },
  { name: 'speaker', kind: 'class-weights', dim: 2, rateHz: 250, labels: ['low', 'high'] },
];

/** Phones with their lengths in rows, at a pitch that may move from row to row. */
export function utteranceOf(
  said: readonly (readonly [phone: string, rows: number])[],
  hzAt: (row: number) => number,
  { name = 'u1', speaker = 'low', loudness = 1 } = {},
): Utterance {
  let end = 0;
  const phones = said.map(([phone, rows]) => {
    end += rows;
    return { phone: PHONES.indexOf(phone), end };
  });
  const pitchHz = Float64Array.from({ length: end }, (_, row) => hzAt(row));
  const loudnesses = new Float64Array(end).fill(loudness);
  const sound = soundOf(speechRows(phones, pitchHz, loudnesses));
  const text = said.map(([phone]) => phone).join(' ');
  return { name, speaker, text, phones, pitchHz, loudness: loudnesses, sound };
}

/** The harmonics of the source, coloured by the phone, 64 samples a row. */
function soundOf(rows: Float32Array): Float32Array {
  const source = new SpeechSource();
  const frames = new Float32Array(SPEECH_HOP * SPEECH_SOURCE_DIM);
  const out = new Float32Array((rows.length / SPEECH_DIM) * SPEECH_HOP);
  for (let row = 0; row * SPEECH_DIM < rows.length; row++) {
    const at = row * SPEECH_DIM;
    source.write(rows, at, frames, 0);
    for (let i = 0; i < SPEECH_HOP; i++) {
      let x = 0;
      for (let k = 1; k <= 8; k++) x += colour(rows, at, k) * frames[i * SPEECH_SOURCE_DIM + 2 * k - 2]!;
      out[row * SPEECH_HOP + i] = 0.1 * rows[at + SPEECH_LOUDNESS]! ** 2 * x;
    }
  }
  return out;
}

/** How strong harmonic k is under the phones of a row: a formant that differs from phone to phone. */
function colour(rows: Float32Array, at: number, k: number): number {
  let sum = 0;
  for (let phone = 0; phone < PHONES.length; phone++) {
    const weight = rows[at + phone]!;
    if (weight > 0) sum += weight * (0.1 + Math.exp(-((k - 1 - ((phone * 5) % 8)) ** 2) / 3));
  }
  return sum;
}
