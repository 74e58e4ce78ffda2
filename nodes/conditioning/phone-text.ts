import { PHONES } from '../../models/index.js';
import { NodeError } from '../errors.js';

/** What can be told with `vowel`, and is held while a key is. */
export const VOWELS = [
  'aa',
  'ae',
  'ah',
  'ao',
  'aw',
  'ax',
  'ay',
  'eh',
  'er',
  'ey',
  'ih',
  'iy',
  'ow',
  'oy',
  'uh',
  'uw',
] as const;
export type Vowel = (typeof VOWELS)[number];

/** Most phones in one text. */
export const MOST_PHONES = 200;
const LEAST_MS = 4;
const MOST_MS = 20_000;
const ROW_MS = 4;

/** Of phones that are told without a length, roughly what they have in speech. */
const GLIDES = new Set(['l', 'r', 'w', 'y', 'm', 'n', 'ng']);
const HISSES = new Set(['f', 's', 'sh', 'th', 'ch', 'jh']);
const isVowel = (phone: string): boolean => (VOWELS as readonly string[]).includes(phone);
function usualMs(phone: string): number {
  if (phone === 'pau') return 200;
  if (isVowel(phone)) return 140;
  if (HISSES.has(phone)) return 100;
  return GLIDES.has(phone) ? 72 : 64;
}

/** Phones that sound for as long as one likes; of vowels any, so these matter where there is none. */
const LASTING = new Set([
  'l',
  'r',
  'w',
  'y',
  'm',
  'n',
  'ng',
  'f',
  's',
  'sh',
  'th',
  'v',
  'z',
  'zh',
  'dh',
  'hh',
]);

/** Phones in their order; entries [0, count) are valid. Nobody writes to it once it is told: voices share it. */
export interface PhonePlan {
  /** Numbers of phones. */
  readonly phones: Uint8Array;
  /** Rows of 4 ms that each takes, 1 or more. */
  readonly rows: Int32Array;
  readonly count: number;
  /** The one that is held until it is let go; -1 for none. */
  readonly held: number;
  /** How it is spoken; without, at the pitch and loudness of the params. */
  readonly prosody?: Prosody;
}

/** What a speaker does to each phone of a plan. */
export interface Prosody {
  /** Semitones above the pitch of the voice at the beginning of each phone; from one to the next in a straight line. */
  readonly semitones: Float32Array;
  /** Loudness of each phone, 0 to 1. */
  readonly levels: Float32Array;
}

/** A stretch of a plan that is sung or said as one: phones [from, to). */
export interface Syllable {
  readonly plan: PhonePlan;
  readonly from: number;
  readonly to: number;
  /** The phone of the plan that is held until it is let go; -1 for none. */
  readonly held: number;
}

/** Syllables to sing, one a note, in their order; then the first one again. Nobody writes to them once they are told. */
export interface Lyrics {
  /** All phones in a row; at their end those of the first syllable once more. */
  readonly plan: PhonePlan;
  /** Where syllable i begins in `plan`, and where the last one ends: count + 2 entries. */
  readonly starts: Int32Array;
  /** The phone of syllable i that is held: count + 1 entries. */
  readonly vowels: Int32Array;
  readonly count: number;
}

/** All of a plan. */
export function wholeOf(plan: PhonePlan): Syllable {
  return { plan, from: 0, to: plan.count, held: plan.held };
}

/**
 * Reads phones such as `hh:80 ah l:60 ow:200`: names as docs/conditioning.md lists them, each with its length in ms or
 * without; capitals and the digits of stress are passed over. Throws NODE_ARGUMENT.
 */
export function parsePhones(text: string): PhonePlan {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) throw new NodeError('NODE_ARGUMENT', 'expected phones, but there are none');
  if (words.length > MOST_PHONES) {
    throw new NodeError(
      'NODE_ARGUMENT',
      `expected ${MOST_PHONES} phones at most, but received ${words.length}`,
    );
  }
  const phones = new Uint8Array(words.length);
  const rows = new Int32Array(words.length);
  let endMs = 0;
  let end = 0;
  for (const [index, word] of words.entries()) {
    const colon = word.indexOf(':');
    const name = colon < 0 ? word : word.slice(0, colon);
    phones[index] = phoneNumbered(name);
    endMs += colon < 0 ? usualMs(PHONES[phones[index]]!) : lengthMs(word, word.slice(colon + 1));
    // Ends are rounded, not lengths, so that a long text keeps its time.
    const until = Math.max(end + 1, Math.round(endMs / ROW_MS));
    rows[index] = until - end;
    end = until;
  }
  return { phones, rows, count: words.length, held: -1 };
}

/** A syllable to sing: its last vowel is held, or where there is none its last phone that can be. Throws NODE_ARGUMENT. */
export function parseSyllable(text: string): PhonePlan {
  const plan = parsePhones(text);
  const names = Array.from(plan.phones, (phone) => PHONES[phone]!);
  const held = Math.max(
    names.findLastIndex(isVowel),
    names.some(isVowel) ? -1 : names.findLastIndex((name) => LASTING.has(name)),
  );
  if (held < 0) {
    throw new NodeError('NODE_ARGUMENT', `expected a phone that can be held, but "${text}" has none`, {
      remedy: `Add a vowel: ${VOWELS.join(' ')}.`,
    });
  }
  return { ...plan, held };
}

/** A vowel alone, held. */
export function heldVowel(vowel: Vowel): PhonePlan {
  return { phones: Uint8Array.of(PHONES.indexOf(vowel)), rows: Int32Array.of(1), count: 1, held: 0 };
}

function phoneNumbered(word: string): number {
  const number = PHONES.indexOf(word.toLowerCase().replace(/[012]$/, ''));
  if (number >= 0) return number;
  throw new NodeError('NODE_ARGUMENT', `expected phones, but "${word}" is none`, {
    remedy: `Use these: ${PHONES.join(' ')}.`,
  });
}

function lengthMs(word: string, text: string): number {
  const ms = text === '' ? Number.NaN : Number(text);
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new NodeError(
    'NODE_ARGUMENT',
    `expected a length of ${LEAST_MS} to ${MOST_MS} ms after the colon, but received "${word}"`,
  );
}
