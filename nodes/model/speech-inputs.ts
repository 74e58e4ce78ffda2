import {
  type ConditioningInput,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
} from '../../models/index.js';

/** Whether speech can feed it: of a kind that it is, in the shape which that kind has. */
export function isFedBySpeech({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  if (sampleRate !== SPEECH_SAMPLE_RATE) return false;
  if (kind === 'speech') return dim === SPEECH_DIM && rateHz === SPEECH_SAMPLE_RATE / SPEECH_HOP;
  return kind === 'speech-source' && dim === SPEECH_SOURCE_DIM && rateHz === SPEECH_SAMPLE_RATE;
}
