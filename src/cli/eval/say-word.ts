import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  type ConditioningInput,
  FIRST_WORD_PITCH,
  NOTE_HOP,
  type Sampling,
  type Stepper,
  WORD_STEPS,
  WordSteps,
} from '../../../models/index.js';
import { isFedByWords } from '../../../nodes/index.js';

/** The row with which the word begins, as in training. */
const FIRST_ROW = 8;

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

/** What a model makes of one word, from its start token on, `numSamples` long; its other inputs are dropped. */
export async function sayWord(
  stepper: Stepper,
  { input }: WordInput,
  word: number,
  numSamples: number,
  { sampling, seed }: { readonly sampling: Sampling; readonly seed: number },
): Promise<Float32Array> {
  const { dim } = stepper.conditioning[input]!;
  const words = new WordSteps(dim / WORD_STEPS);
  const rows = new Float32Array(Math.ceil(numSamples / NOTE_HOP) * dim);
  for (let row = 0; row * dim < rows.length; row++) {
    if (row === FIRST_ROW) words.noteOn(FIRST_WORD_PITCH + word);
    words.write(rows, row * dim);
    words.advance();
  }
  const conditioning = stepper.conditioning.map((_, i) => (i === input ? rows : undefined));
  const out = new Float32Array(numSamples);
  stepper.createVoice(seed).stepBlock(out, numSamples, sampling, undefined, conditioning);
  await yieldTurn();
  return out;
}

/** Where a word begins in what `sayWord` makes, in samples. */
export const WORD_START = FIRST_ROW * NOTE_HOP;
