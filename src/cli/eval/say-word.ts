import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  type ConditioningInput,
  FIRST_WORD_PITCH,
  NOTE_HOP,
  SPEECH_HOP,
  type Stepper,
  WORD_STEPS,
  WordVoice,
} from '../../../models/index.js';
import { isFedByWords, isFedByWordVoice } from '../../../nodes/index.js';
import type { Playing } from './bundle-sampling.js';
import { createGuidedVoice } from './guided-voice.js';

/** The row with which the word begins, as in training. */
const FIRST_ROW = 8;
/** So many clips of a word are each said at another height. */
const HEIGHTS = 10;

/** An input that words feed. */
export interface WordInput {
  /** Its number. */
  readonly input: number;
  /** None where the bundle does not name each of its words. */
  readonly labels: readonly string[];
}

/** The first one; undefined when there is none. */
export function wordInput(inputs: readonly ConditioningInput[], sampleRate: number): WordInput | undefined {
  const input = inputs.findIndex((one) => isFedByWords(one, sampleRate));
  if (input < 0) return undefined;
  const { labels = [], dim } = inputs[input]!;
  return { input, labels: labels.length * WORD_STEPS === dim ? labels : [] };
}

/**
 * What a model makes of one word, from its start token on, `numSamples` long, as high as `seed` says; inputs that words do not
 * feed are dropped.
 */
export async function sayWord(
  stepper: Stepper,
  { input }: WordInput,
  word: number,
  numSamples: number,
  { sampling, guidance, seed }: Playing & { readonly seed: number },
): Promise<Float32Array> {
  const voice = new WordVoice(stepper.conditioning[input]!.dim / WORD_STEPS);
  const numRows = Math.ceil(numSamples / NOTE_HOP);
  const conditioning = stepper.conditioning.map((spec, i) => {
    if (i === input) return new Float32Array(numRows * spec.dim);
    return isFedByWordVoice(spec, stepper.sampleRate)
      ? new Float32Array(numRows * SPEECH_HOP * spec.dim)
      : undefined;
  });
  for (let row = 0; row < numRows; row++) {
    if (row === FIRST_ROW) voice.noteOn(FIRST_WORD_PITCH + word, ((seed % HEIGHTS) + 0.5) / HEIGHTS);
    for (const [i, rows] of conditioning.entries()) {
      if (i === input) voice.writeSteps(rows!, (row * rows!.length) / numRows);
      else if (rows !== undefined) voice.writeSource(rows, (row * rows.length) / numRows);
    }
    voice.advance();
  }
  const out = new Float32Array(numSamples);
  createGuidedVoice(stepper, seed, guidance).stepBlock(out, numSamples, sampling, undefined, conditioning);
  await yieldTurn();
  return out;
}

/** Where a word begins in what `sayWord` makes, in samples. */
export const WORD_START = FIRST_ROW * NOTE_HOP;
