/**
 * Words as phones: the CMU Pronouncing Dictionary, then the rules of the package `phonemize` for what it does not know, then
 * letter by letter.
 */
import { createRequire } from 'node:module';
import { PHONES } from '../../models/index.js';

/** A phone of a word. */
export interface SpokenPhone {
  /** Its number in PHONES. */
  readonly phone: number;
  /** Of a vowel: 0 none, 1 the stress of the word, 2 a lesser one; -1 of a consonant. */
  readonly stress: -1 | 0 | 1 | 2;
}

export type Pronounce = (word: string, isSpelt: boolean) => readonly SpokenPhone[];

/** What is used of `phonemize/en-g2p`: its types come without an entry that can be found. */
interface RulesModule {
  readonly EnglishG2P: new () => { predict(word: string, language: string): string | null };
}

/** Longer ones are spelt: no word is, and rules take time. */
const LONGEST_WORD = 40;
/** Of one text: words that no dictionary has and that rules are asked for. All others are spelt. */
const MOST_GUESSED = 4096;

const LETTERS: Readonly<Record<string, string>> = {
  a: 'EY1',
  b: 'B IY1',
  c: 'S IY1',
  d: 'D IY1',
  e: 'IY1',
  f: 'EH1 F',
  g: 'JH IY1',
  h: 'EY1 CH',
  i: 'AY1',
  j: 'JH EY1',
  k: 'K EY1',
  l: 'EH1 L',
  m: 'EH1 M',
  n: 'EH1 N',
  o: 'OW1',
  p: 'P IY1',
  q: 'K Y UW1',
  r: 'AA1 R',
  s: 'EH1 S',
  t: 'T IY1',
  u: 'Y UW1',
  v: 'V IY1',
  w: 'D AH1 B AH0 L Y UW0',
  x: 'EH1 K S',
  y: 'W AY1',
  z: 'Z IY1',
};

/** What `phonemize` writes, two signs before one. */
const IPA: Readonly<Record<string, string>> = {
  tʃ: 'ch',
  dʒ: 'jh',
  aɪ: 'ay',
  aʊ: 'aw',
  eɪ: 'ey',
  oʊ: 'ow',
  ɔɪ: 'oy',
  ɑ: 'aa',
  a: 'aa',
  æ: 'ae',
  ʌ: 'ah',
  ɔ: 'ao',
  o: 'ow',
  ə: 'ax',
  ɛ: 'eh',
  e: 'ey',
  ɝ: 'er',
  ɪ: 'ih',
  i: 'iy',
  ʊ: 'uh',
  u: 'uw',
  b: 'b',
  d: 'd',
  ð: 'dh',
  f: 'f',
  ɡ: 'g',
  g: 'g',
  h: 'hh',
  k: 'k',
  l: 'l',
  ɫ: 'l',
  m: 'm',
  n: 'n',
  ŋ: 'ng',
  p: 'p',
  ɹ: 'r',
  r: 'r',
  s: 's',
  ʃ: 'sh',
  t: 't',
  θ: 'th',
  v: 'v',
  w: 'w',
  j: 'y',
  z: 'z',
  ʒ: 'zh',
};

const isVowelName = (name: string): boolean => /^[aeiou]/.test(name);
const numberOf = new Map(PHONES.map((name, number) => [name, number]));
const isVowel = ({ stress }: SpokenPhone): boolean => stress >= 0;
const UNVOICED_ENDS = new Set(['p', 't', 'k', 'f', 'th'].map((name) => numberOf.get(name)!));
const HISSING_ENDS = new Set(['s', 'z', 'sh', 'zh', 'ch', 'jh'].map((name) => numberOf.get(name)!));

let loading: Promise<() => Pronounce> | undefined;

/** Loads the dictionary and the rules, some 110 MB: off the audio path, and once in a thread. */
export function loadPronouncer(): Promise<() => Pronounce> {
  loading ??= load();
  return loading;
}

async function load(): Promise<() => Pronounce> {
  const { dictionary } = await import('cmu-pronouncing-dictionary');
  const known = new Map(Object.entries(dictionary));
  // Its ES module asks for JSON in a way that Node refuses.
  const require = createRequire(import.meta.url);
  const { EnglishG2P } = require('phonemize/en-g2p') as RulesModule;
  const rules = new EnglishG2P();
  return () => pronouncer(known, (word) => rules.predict(word, 'en') ?? '');
}

/** For one text. `known`: words in small letters, each as ARPAbet; `guess`: any other in IPA. */
export function pronouncer(known: ReadonlyMap<string, string>, guess: (word: string) => string): Pronounce {
  const guessed = new Map<string, readonly SpokenPhone[]>();
  const spell = (word: string): SpokenPhone[] =>
    Array.from(word.toLowerCase(), (letter) => fromArpabet(LETTERS[letter] ?? '')).flat();
  const look = (word: string): readonly SpokenPhone[] | undefined => {
    const found = known.get(word);
    if (found !== undefined) return fromArpabet(found);
    if (!word.endsWith("'s")) return undefined;
    const stem = known.get(word.slice(0, -2));
    return stem === undefined ? undefined : withS(fromArpabet(stem));
  };
  const ruled = (word: string): readonly SpokenPhone[] => {
    const before = guessed.get(word);
    if (before !== undefined) return before;
    if (guessed.size >= MOST_GUESSED) return spell(word);
    const phones = fromIpa(guess(word));
    const said = phones.some(isVowel) ? phones : spell(word);
    guessed.set(word, said);
    return said;
  };
  return (word, isSpelt) => {
    const letters = word.replaceAll("'", '');
    if (isSpelt || letters.length > LONGEST_WORD || letters.length === 0) return spell(letters);
    const small = word.toLowerCase();
    const found = look(small);
    if (found !== undefined) return found;
    const isInitials = word.length > 1 && word.length < 6 && word === word.toUpperCase();
    return isInitials || letters.length === 1 ? spell(letters) : ruled(small.replaceAll("'", ''));
  };
}

/** Of the dictionary: names with the digit of their stress. What is none is passed over. */
export function fromArpabet(text: string): SpokenPhone[] {
  return text.split(' ').flatMap((part) => {
    const digit = /[012]$/.exec(part)?.[0];
    const name = part.toLowerCase().replace(/[012]$/, '');
    const phone = numberOf.get(name === 'ah' && digit === '0' ? 'ax' : name);
    if (phone === undefined) return [];
    return [{ phone, stress: digit === undefined ? -1 : (Number(digit) as 0 | 1 | 2) }];
  });
}

/** Signs that it does not know are passed over. */
export function fromIpa(text: string): SpokenPhone[] {
  const phones: SpokenPhone[] = [];
  let stress: 0 | 1 | 2 = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === 'ˈ') stress = 1;
    if (text[at] === 'ˌ') stress = 2;
    const pair = at + 1 < text.length ? IPA[text.slice(at, at + 2)] : undefined;
    const name = pair ?? IPA[text[at]!];
    if (name === undefined) continue;
    if (pair !== undefined) at++;
    phones.push({ phone: numberOf.get(name)!, stress: isVowelName(name) ? stress : -1 });
    if (isVowelName(name)) stress = 0;
  }
  return phones;
}

function withS(phones: readonly SpokenPhone[]): SpokenPhone[] {
  const last = phones.at(-1)!.phone;
  if (HISSING_ENDS.has(last)) return [...phones, ...fromArpabet('IH0 Z')];
  return [...phones, ...fromArpabet(UNVOICED_ENDS.has(last) ? 'S' : 'Z')];
}
