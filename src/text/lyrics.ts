/** Words in syllables, to be sung one a note. */
import { PHONES } from '../../models/index.js';
import type { Lyrics } from '../../nodes/index.js';
import type { Pronounce, SpokenPhone } from './pronounce.js';
import { MOST_SPOKEN_PHONES, meanMs } from './prosody.js';
import type { SpokenWord } from './words.js';

const ROW_MS = 4;
/** Together, before and after a vowel: sung consonants are short, so that vowels fall on the beat. */
const ONSET_ROWS = 20;
const CODA_ROWS = 15;
const LEAST_ROWS = 5;

/** What an English syllable can begin with, beside one consonant. */
const ONSETS = new Set(
  (
    'p-l p-r p-y b-l b-r b-y t-r t-w d-r d-w k-l k-r k-w k-y g-l g-r g-w f-l f-r f-y v-y th-r th-w sh-r s-p s-t s-k s-f s-m s-n s-l s-w ' +
    'm-y hh-y s-p-l s-p-r s-p-y s-t-r s-k-r s-k-w s-k-y'
  ).split(' '),
);
const NG = PHONES.indexOf('ng');

interface SungSyllable {
  readonly phones: readonly number[];
  readonly vowel: number;
}

/** undefined when there is nothing to sing. */
export function lyricsOf(words: readonly SpokenWord[], pronounce: Pronounce): Lyrics | undefined {
  const syllables: SungSyllable[] = [];
  let size = 0;
  for (const { text, isSpelt } of words) {
    for (const syllable of syllablesOf(pronounce(text, isSpelt))) {
      size += syllable.phones.length;
      if (size > MOST_SPOKEN_PHONES) break;
      syllables.push(syllable);
    }
  }
  const first = syllables[0];
  if (first === undefined) return undefined;
  // The first once more at the end, so that what follows a syllable always lies behind it.
  return laidOut([...syllables, first]);
}

function laidOut(syllables: readonly SungSyllable[]): Lyrics {
  const phones: number[] = [];
  const rows: number[] = [];
  const starts = new Int32Array(syllables.length + 1);
  const vowels = new Int32Array(syllables.length);
  for (const [index, syllable] of syllables.entries()) {
    starts[index] = phones.length;
    vowels[index] = phones.length + syllable.vowel;
    phones.push(...syllable.phones);
    rows.push(...consonantRows(syllable.phones.slice(0, syllable.vowel), ONSET_ROWS), 1);
    rows.push(...consonantRows(syllable.phones.slice(syllable.vowel + 1), CODA_ROWS));
  }
  starts[syllables.length] = phones.length;
  return {
    plan: { phones: Uint8Array.from(phones), rows: Int32Array.from(rows), count: phones.length, held: -1 },
    starts,
    vowels,
    count: syllables.length - 1,
  };
}

function consonantRows(phones: readonly number[], most: number): number[] {
  const ms = phones.map(meanMs);
  const scale = Math.min(1, (most * ROW_MS) / Math.max(1, sum(ms)));
  return ms.map((each) => Math.max(LEAST_ROWS, Math.floor((each * scale) / ROW_MS)));
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Between two vowels as much as can begins the second one. A word without a vowel is one syllable, its last phone the held one. */
export function syllablesOf(phones: readonly SpokenPhone[]): SungSyllable[] {
  const vowels = phones.flatMap(({ stress }, at) => (stress >= 0 ? [at] : []));
  const numbers = phones.map(({ phone }) => phone);
  if (vowels.length === 0) {
    return numbers.length === 0 ? [] : [{ phones: numbers, vowel: numbers.length - 1 }];
  }
  const starts = vowels.map((vowel, index) =>
    index === 0 ? 0 : onsetOf(numbers, vowels[index - 1]!, vowel),
  );
  return vowels.map((vowel, index) => ({
    phones: numbers.slice(starts[index]!, starts[index + 1] ?? numbers.length),
    vowel: vowel - starts[index]!,
  }));
}

/** Where the syllable of the vowel at `to` begins. */
function onsetOf(phones: readonly number[], from: number, to: number): number {
  if (to - from === 1) return to;
  for (let at = Math.max(from + 1, to - 3); at < to - 1; at++) {
    const names = phones.slice(at, to).map((phone) => PHONES[phone]!);
    if (ONSETS.has(names.join('-'))) return at;
  }
  return phones[to - 1] === NG ? to : to - 1;
}
