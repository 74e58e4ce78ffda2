/** Something that is said, with all that a model of the voice is told of it. */
import {
  type Conditioning,
  type ConditioningInput,
  type PhoneSegment,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechRows,
} from '../../models/index.js';
import { isFedBySpeech } from '../../nodes/index.js';

export interface Utterance {
  readonly name: string;
  readonly speaker: string;
  /** As it is written. */
  readonly text: string;
  /** With their ends in rows of 64 samples. */
  readonly phones: readonly PhoneSegment[];
  /** By row. */
  readonly pitchHz: Float64Array;
  readonly loudness: Float64Array;
  /** A true rendering of these very rows, 64 samples each, at 16 kHz. */
  readonly sound: Float32Array;
}

/** Whether speech steers any of these inputs. */
export function takesSpeech(inputs: readonly ConditioningInput[]): boolean {
  return inputs.some((input) => isFedBySpeech(input, SPEECH_SAMPLE_RATE));
}

/** The input that says who speaks, and the speakers; undefined when a model has but one voice. */
export function speakerInput(
  inputs: readonly ConditioningInput[],
): { readonly input: number; readonly labels: readonly string[] } | undefined {
  const input = inputs.findIndex(({ kind }) => kind === 'class-weights');
  return input < 0 ? undefined : { input, labels: inputs[input]!.labels ?? [] };
}

/** All rows of all inputs through an utterance; the others are dropped. A speaker that is none of the labels is dropped too. */
export function utteranceConditioning(
  inputs: readonly ConditioningInput[],
  { phones, pitchHz, loudness, speaker }: Utterance,
): Conditioning {
  const rows = speechRows(phones, pitchHz, loudness);
  const speakers = speakerInput(inputs);
  return inputs.map((spec, input) => {
    if (input === speakers?.input) return speakerRows(spec, speakers.labels.indexOf(speaker), pitchHz.length);
    if (!isFedBySpeech(spec, SPEECH_SAMPLE_RATE)) return undefined;
    return spec.kind === 'speech' ? rows : sourceRows(rows);
  });
}

function speakerRows(
  { dim, rateHz }: ConditioningInput,
  speaker: number,
  numRows: number,
): Float32Array | undefined {
  if (speaker < 0) return undefined;
  const count = Math.ceil((numRows * SPEECH_HOP * rateHz) / SPEECH_SAMPLE_RATE);
  const frames = new Float32Array(count * dim);
  for (let frame = 0; frame < count; frame++) frames[frame * dim + speaker] = 1;
  return frames;
}

function sourceRows(rows: Float32Array): Float32Array {
  const source = new SpeechSource();
  const perRow = SPEECH_HOP * SPEECH_SOURCE_DIM;
  const frames = new Float32Array((rows.length / SPEECH_DIM) * perRow);
  for (let row = 0; row * SPEECH_DIM < rows.length; row++)
    source.write(rows, row * SPEECH_DIM, frames, row * perRow);
  return frames;
}
