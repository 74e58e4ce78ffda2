/**
 * How words are spoken: lengths, pitch and loudness of their phones. Means per phone, stress, what lies at the end of a phrase, and a
 * little of chance from the seed. Lengths are those of an unhurried reader; the params of the node change pace and range.
 */
import { PHONES } from '../../models/index.js';
import { hashRandom, type PhonePlan } from '../../nodes/index.js';
import { fromArpabet, type Pronounce, type SpokenPhone } from './pronounce.js';
import type { Pause, SpokenWord } from './words.js';

/** Most phones of one text; what would come after is not said. */
export const MOST_SPOKEN_PHONES = 524_288;
const ROW_MS = 4;
/** Words after which a phrase without a comma makes one. */
const LONGEST_PHRASE = 16;
const PAU = PHONES.indexOf('pau');

/** Means in ms, of consonants, and of vowels that have neither stress nor none. */
const MEAN_MS = new Map<number, number>(
  (
    'aa:130 ae:135 ah:85 ao:135 aw:165 ax:55 ay:155 b:62 ch:105 d:55 dh:45 eh:95 er:120 ey:130 f:95 g:62 hh:60 ih:75 iy:105 jh:85 ' +
    'k:75 l:60 m:65 n:60 ng:70 ow:135 oy:190 p:75 r:62 s:105 sh:110 t:70 th:90 uh:75 uw:105 v:60 w:60 y:52 z:85 zh:80'
  )
    .split(' ')
    .map((entry) => entry.split(':') as [string, string])
    .map(([name, ms]) => [PHONES.indexOf(name), Number(ms)]),
);
export function meanMs(phone: number): number {
  return MEAN_MS.get(phone)!;
}

const PAUSE_MS: Readonly<Record<Pause, number>> = { '': 0, ',': 180, '.': 420, '?': 420, '!': 400 };
/** Of the last syllable of a phrase: its vowel, and what follows it. */
const LENGTHENING: Readonly<Record<Pause, readonly [vowel: number, others: number]>> = {
  '': [1, 1],
  ',': [1.3, 1.15],
  '.': [1.45, 1.25],
  '?': [1.45, 1.25],
  '!': [1.45, 1.25],
};
const CLUSTER = 0.85;
const STRESSES: readonly number[] = [0.8, 1.15, 1];
const LENGTH_CHANCE = 0.06;

/** Semitones over the pitch of the voice. */
const START = 2;
const DECLINATION = 4;
const COMMA_DECLINATION = 2.5;
const ACCENT = 2.2;
const LESSER_ACCENT = 0.8;
const LAST_ACCENT: Readonly<Record<Pause, number>> = { '': 2.2, ',': 2.5, '.': 3, '?': 4, '!': 4.5 };
const END: Readonly<Record<Pause, number>> = { '': 0, ',': 1.5, '.': -5, '?': -5, '!': -5 };
/** A question that asks for yes or no dips on its last stress and rises to here. */
const ASKING_DIP = -2;
const ASKING_END = 6;
const ACCENT_CHANCE = 0.5;

const LEVELS: readonly number[] = [0.85, 1, 0.92];
const CONSONANT_LEVEL = 0.9;
const LEVEL_DECLINATION = 0.15;

const FUNCTION_WORDS = new Set(
  (
    'a an the and but or nor so as if than that of to in on at by for from with into onto upon is am are was were be been being ' +
    'have has had do does did will would shall should can could may might must i you he she it we they me him her us them my your his ' +
    'its our their this these those there'
  ).split(' '),
);
const ASKING_WORDS = new Set('what who whom whose where when why how which'.split(' '));
const THE_BEFORE_VOWEL = fromArpabet('DH IY0');

interface PhraseWord {
  readonly phones: readonly SpokenPhone[];
  readonly isFunction: boolean;
}

/** What words say, with pauses, and how many of them there was room for. */
export interface Speech {
  readonly plan: PhonePlan;
  readonly numWords: number;
}

/** The same words and seed give the same plan, bit for bit. */
export function speechOf(words: readonly SpokenWord[], pronounce: Pronounce, seed: number): Speech {
  const speaker = new Speaker(seed);
  let phrase: PhraseWord[] = [];
  let numWords = 0;
  let isAsking = false;
  let isFirst = true;
  for (const [index, { text, isSpelt, pause }] of words.entries()) {
    const small = text.toLowerCase();
    if (isFirst) isAsking = ASKING_WORDS.has(small);
    isFirst = pause !== '' && pause !== ',';
    phrase.push({
      phones: phonesOf(words, index, pronounce),
      isFunction: !isSpelt && FUNCTION_WORDS.has(small),
    });
    const isLast = index === words.length - 1;
    if (pause === '' && !isLast && phrase.length < LONGEST_PHRASE) continue;
    const end: Pause = pause !== '' ? pause : isLast ? '.' : ',';
    if (!speaker.say(phrase, end, end === '?' && !isAsking)) break;
    numWords = index + 1;
    phrase = [];
  }
  return { plan: speaker.plan(), numWords };
}

function phonesOf(words: readonly SpokenWord[], index: number, pronounce: Pronounce): readonly SpokenPhone[] {
  const { text, isSpelt } = words[index]!;
  const phones = pronounce(text, isSpelt);
  const next = words[index + 1];
  if (text.toLowerCase() !== 'the' || next === undefined) return phones;
  return (pronounce(next.text, next.isSpelt)[0]?.stress ?? -1) >= 0 ? THE_BEFORE_VOWEL : phones;
}

class Speaker {
  readonly #seed: number;
  readonly #phones: number[] = [];
  readonly #rows: number[] = [];
  readonly #semitones: number[] = [];
  readonly #levels: number[] = [];
  /** Ends are rounded, not lengths, so that a long text keeps its time. */
  #endMs = 0;
  #endRow = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** False when there is no room for it. */
  say(words: readonly PhraseWord[], end: Pause, isRising: boolean): boolean {
    const phones = words.flatMap(({ phones, isFunction }) =>
      isFunction ? phones.map((each) => (each.stress > 0 ? { ...each, stress: 0 as const } : each)) : phones,
    );
    if (this.#phones.length + phones.length + 1 > MOST_SPOKEN_PHONES) return false;
    const vowels = phones.flatMap(({ stress }, at) => (stress >= 0 ? [at] : []));
    const lastVowel = vowels.at(-1) ?? phones.length;
    const lastStress = phones.findLastIndex(({ stress }) => stress === 1);
    const begin = this.#phones.length;
    let syllable = 0;
    for (const [at, { phone, stress }] of phones.entries()) {
      const place = vowels.length < 2 ? 0 : syllable / (vowels.length - 1);
      if (stress >= 0) syllable++;
      const [longer, longerOthers] = LENGTHENING[end];
      const last = at < lastVowel ? 1 : at === lastVowel ? longer : longerOthers;
      const isInCluster = stress < 0 && (phones[at - 1]?.stress === -1 || phones[at + 1]?.stress === -1);
      const length = stress < 0 ? (isInCluster ? CLUSTER : 1) : STRESSES[stress]!;
      const level = stress < 0 ? CONSONANT_LEVEL : LEVELS[stress]!;
      const pitch =
        stress < 0
          ? Number.NaN
          : pitchOf(stress, place, at === lastStress, end, isRising) + this.#chance(1) * accentChance(stress);
      const ms = meanMs(phone) * length * last * (1 + LENGTH_CHANCE * this.#chance(0));
      this.#add(phone, ms, pitch, level * (1 - LEVEL_DECLINATION * Math.min(1, place)));
    }
    this.#add(PAU, PAUSE_MS[end], isRising ? ASKING_END : END[end], 0);
    fillBetween(this.#semitones, begin);
    return true;
  }

  plan(): PhonePlan {
    return {
      phones: Uint8Array.from(this.#phones),
      rows: Int32Array.from(this.#rows),
      count: this.#phones.length,
      held: -1,
      prosody: {
        semitones: Float32Array.from(this.#semitones),
        levels: Float32Array.from(this.#levels),
      },
    };
  }

  #add(phone: number, ms: number, semitones: number, level: number): void {
    this.#endMs += ms;
    const end = Math.max(this.#endRow + 1, Math.round(this.#endMs / ROW_MS));
    this.#phones.push(phone);
    this.#rows.push(end - this.#endRow);
    this.#semitones.push(semitones);
    this.#levels.push(level);
    this.#endRow = end;
  }

  /** -1 to 1, of the next phone. */
  #chance(which: number): number {
    return 2 * hashRandom(this.#seed, 2 * this.#phones.length + which) - 1;
  }
}

function accentChance(stress: number): number {
  return stress === 1 ? ACCENT_CHANCE : 0;
}

/** Of a vowel. `place`: 0 at the first of the phrase, 1 at the last. */
function pitchOf(
  stress: number,
  place: number,
  isLastStress: boolean,
  end: Pause,
  isRising: boolean,
): number {
  if (isRising && isLastStress) return ASKING_DIP;
  const line = START - place * (end === ',' || isRising ? COMMA_DECLINATION : DECLINATION);
  if (isLastStress) return line + LAST_ACCENT[end];
  if (stress === 1) return line + ACCENT * (1 - 0.3 * place);
  return stress === 2 ? line + LESSER_ACCENT : line;
}

/** Consonants have the pitch between their vowels, in a straight line; before the first vowel its own. */
function fillBetween(semitones: number[], begin: number): void {
  let before = begin - 1;
  for (let at = begin; at < semitones.length; at++) {
    if (Number.isNaN(semitones[at])) continue;
    const from = before < begin ? semitones[at]! : semitones[before]!;
    for (let i = before + 1; i < at; i++) {
      semitones[i] = from + ((semitones[at]! - from) * (i - before)) / (at - before);
    }
    before = at;
  }
}
