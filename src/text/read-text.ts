/** Text to what a voice is told: pure but for the pronouncer. Bounded in time and size by MOST_TEXT. */
import type { ReadText, TextRequest } from '../../nodes/index.js';
import { lyricsOf } from './lyrics.js';
import type { Pronounce } from './pronounce.js';
import { speechOf } from './prosody.js';
import { readWords } from './words.js';

const ROW_SECONDS = 0.004;

/** `createPronounce` is asked once, for this text. */
export function readText({ text, seed, way }: TextRequest, createPronounce: () => Pronounce): ReadText {
  const { words, unsaid, numUnsaid, leftOut } = readWords(text);
  const pronounce = createPronounce();
  const told = { unsaid, numUnsaid, leftOut };
  if (way === 'sing') return { ...told, plan: undefined, seconds: 0, lyrics: lyricsOf(words, pronounce) };
  const { plan, numWords } = speechOf(words, pronounce, seed);
  const noRoom = words.slice(numWords).reduce((sum, word) => sum + word.text.length, 0);
  return {
    ...told,
    leftOut: leftOut + noRoom,
    plan: plan.count === 0 ? undefined : plan,
    seconds: plan.rows.reduce((sum, rows) => sum + rows, 0) * ROW_SECONDS,
    lyrics: undefined,
  };
}
