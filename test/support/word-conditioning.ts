import type { ConditioningInput } from '../../models/index.js';
import { WORD_STEPS, WordSteps } from '../../models/index.js';

export const WORDS = ['yes', 'no', 'up'] as const;
export const WORD_DIM = WORDS.length * WORD_STEPS;

/** The input of a model that says three words. */
export const WORD_CONDITIONING: readonly ConditioningInput[] = [
  { name: 'words', kind: 'word-steps', dim: WORD_DIM, rateHz: 250, labels: WORDS },
];

/** Something played before row `row`. */
export interface PlayedWord {
  readonly row: number;
  play(words: WordSteps): void;
}

/** Rows [0, count), straight from the definition. */
export function wordRows(played: readonly PlayedWord[], count: number): Float32Array {
  const words = new WordSteps(WORDS.length);
  const rows = new Float32Array(count * WORD_DIM);
  for (let row = 0; row < count; row++) {
    for (const event of played) if (event.row === row) event.play(words);
    words.write(rows, row * WORD_DIM);
    words.advance();
  }
  return rows;
}
