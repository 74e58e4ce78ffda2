/** Text as a reader sees it: words to say, and where it pauses. */
import { cardinalWords, digitWords, ordinalWords, yearWords } from './numbers.js';

/** UTF-16 units of a text that are read; what comes after is left out. An hour and a half of speech. */
export const MOST_TEXT = 131_072;
/** Different characters that cannot be said and are named. */
const MOST_NAMED = 8;

/** Between two words: none, a short one, the end of a statement, of a question, of a call. */
export type Pause = '' | ',' | '.' | '?' | '!';

export interface SpokenWord {
  /** Letters and apostrophes. */
  readonly text: string;
  /** Read letter by letter. */
  readonly isSpelt: boolean;
  /** What follows it. */
  pause: Pause;
}

export interface TextWords {
  readonly words: readonly SpokenWord[];
  /** Characters that it cannot say, each once, the first few; and how many there were together. */
  readonly unsaid: readonly string[];
  readonly numUnsaid: number;
  /** UTF-16 units at the end that were not read. */
  readonly leftOut: number;
}

const TITLES: Readonly<Record<string, string>> = {
  mr: 'mister',
  mrs: 'missus',
  ms: 'miz',
  dr: 'doctor',
  prof: 'professor',
};
/** Only with a point after them, which may end a sentence too. */
const SHORTENED: Readonly<Record<string, string>> = {
  etc: 'et cetera',
  vs: 'versus',
  jr: 'junior',
  sr: 'senior',
  inc: 'incorporated',
  ltd: 'limited',
  co: 'company',
  dept: 'department',
  approx: 'approximately',
  ave: 'avenue',
  blvd: 'boulevard',
  st: 'street',
};
const POINTED: Readonly<Record<string, string>> = {
  'e.g.': 'for example',
  'i.e.': 'that is',
  'a.m.': 'a m',
  'p.m.': 'p m',
};
/** Something follows them. */
const LEADING = new Set(['e.g.', 'i.e.']);
const SYMBOLS: Readonly<Record<string, string>> = {
  '&': 'and',
  '%': 'percent',
  '+': 'plus',
  '=': 'equals',
  '@': 'at',
  '#': 'number',
  '*': 'star',
  '/': 'slash',
  '\\': 'backslash',
  '<': 'less than',
  '>': 'greater than',
  $: 'dollars',
  '£': 'pounds',
  '€': 'euros',
  '¥': 'yen',
  '°': 'degrees',
  '§': 'section',
  '©': 'copyright',
  '®': 'registered',
  '×': 'times',
  '÷': 'divided by',
  '±': 'plus or minus',
  '\u2044': 'over',
  μ: 'micro',
};
const COINS: Readonly<Record<string, readonly [one: string, many: string, part: string]>> = {
  $: ['dollar', 'dollars', 'cents'],
  '£': ['pound', 'pounds', 'pence'],
  '€': ['euro', 'euros', 'cents'],
};
const PAUSES: Readonly<Record<string, Pause>> = {
  ',': ',',
  ';': ',',
  ':': ',',
  '(': ',',
  ')': ',',
  '[': ',',
  ']': ',',
  '\u2013': ',',
  '\u2014': ',',
  '.': '.',
  '!': '!',
  '?': '?',
};
const RANK: readonly Pause[] = ['', ',', '.', '!', '?'];
/** They say nothing. */
const QUIET = new Set(
  '"\'`{}_|~^-\u2010\u2011\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e\u2022\u00ad\u200b\ufeff',
);

/** Nothing in it matches the same text in two ways, so its work is that of the length. */
const TOKEN = new RegExp(
  [
    String.raw`(?<paragraph>\s*\n\s*\n\s*)`,
    String.raw`(?<space>\s+)`,
    String.raw`(?<time>\d{1,2}:\d\d(?!\d))`,
    String.raw`(?<number>[$£€]?\d[\d,]*(?:\.\d+)?)(?<suffix>(?:st|nd|rd|th)(?![a-z])|%)?`,
    String.raw`(?<pointed>(?:[a-z]\.){2,})`,
    String.raw`(?<word>[a-z]+(?:'[a-z]+)*)(?<point>\.?)`,
    '(?<dash> ?--+ ?)',
    '(?<other>.)',
  ].join('|'),
  'giuy',
);

/** Reads a text. What it makes and how long it takes is bounded by MOST_TEXT. */
export function readWords(text: string): TextWords {
  const { kept, leftOut } = cut(text);
  const page = new Page();
  for (const match of plain(kept).matchAll(TOKEN)) read(page, match);
  return { words: page.words, unsaid: [...page.unsaid], numUnsaid: page.numUnsaid, leftOut };
}

class Page {
  readonly words: SpokenWord[] = [];
  readonly unsaid = new Set<string>();
  numUnsaid = 0;

  say(words: readonly string[] | string, isSpelt = false): void {
    for (const text of typeof words === 'string' ? words.split(' ') : words) {
      this.words.push({ text, isSpelt, pause: '' });
    }
  }

  /** After the last word; of several the longest. */
  pause(pause: Pause): void {
    const last = this.words.at(-1);
    if (last !== undefined && RANK.indexOf(pause) > RANK.indexOf(last.pause)) last.pause = pause;
  }

  cannotSay(character: string): void {
    this.numUnsaid++;
    if (this.unsaid.size < MOST_NAMED) this.unsaid.add(character);
  }
}

function read(page: Page, match: RegExpMatchArray): void {
  const { paragraph, time, number, suffix, pointed, word, point, dash, other } = match.groups!;
  const rest = match.input!.slice(match.index! + match[0].length, match.index! + match[0].length + 3);
  if (paragraph !== undefined) page.pause('.');
  else if (time !== undefined) readTime(page, time);
  else if (number !== undefined) readNumber(page, number, suffix);
  else if (pointed !== undefined) readPointed(page, pointed, rest);
  else if (word !== undefined) readWord(page, word, point !== '', rest);
  else if (dash !== undefined) page.pause(',');
  else if (other !== undefined) readOther(page, other, match.input!, match.index!);
}

function readTime(page: Page, time: string): void {
  const [hours, minutes] = time.split(':') as [string, string];
  page.say(cardinalWords(String(Number(hours))));
  if (minutes === '00') page.say("o'clock");
  else page.say(minutes.startsWith('0') ? ['oh', ...digitWords(minutes.slice(1))] : cardinalWords(minutes));
}

function readNumber(page: Page, number: string, suffix: string | undefined): void {
  const coin = COINS[number[0]!];
  const hasComma = number.includes(',');
  const [whole = '', part] = number
    .replace(/^[$£€]/, '')
    .replaceAll(',', '')
    .split('.');
  if (coin !== undefined) {
    page.say(cardinalWords(whole));
    page.say(whole === '1' ? coin[0] : coin[1]);
    if (part !== undefined && Number(part) > 0) page.say([...cardinalWords(part), coin[2]]);
    return;
  }
  if (suffix !== undefined && suffix !== '%') {
    page.say(ordinalWords(whole));
    return;
  }
  const isYear = part === undefined && !hasComma && suffix === undefined;
  page.say((isYear ? yearWords(whole) : undefined) ?? cardinalWords(whole));
  if (part !== undefined) page.say(['point', ...digitWords(part)]);
  if (suffix === '%') page.say('percent');
  if (hasComma && number.endsWith(',')) page.pause(',');
}

function readPointed(page: Page, pointed: string, rest: string): void {
  const meant = POINTED[pointed.toLowerCase()];
  if (meant !== undefined) page.say(meant);
  else page.say(pointed.replaceAll('.', ''), true);
  if (!LEADING.has(pointed.toLowerCase()) && endsSentence(rest)) page.pause('.');
}

function readWord(page: Page, word: string, hasPoint: boolean, rest: string): void {
  const key = word.toLowerCase();
  const title = TITLES[key];
  const isSaint = key === 'st' && hasPoint && /^ [A-Z]/.test(rest);
  if (title !== undefined || isSaint) {
    page.say(title ?? 'saint');
    return;
  }
  if (key === 'no' && hasPoint && /^ ?\d/.test(rest)) {
    page.say('number');
    return;
  }
  const shortened = hasPoint ? SHORTENED[key] : undefined;
  page.say(shortened ?? word);
  if (hasPoint && (shortened === undefined || endsSentence(rest))) page.pause('.');
}

function readOther(page: Page, other: string, text: string, index: number): void {
  const pause = PAUSES[other];
  if (pause !== undefined) page.pause(pause);
  else if (other === '-' && isMinus(text, index)) page.say('minus');
  else if (other === '-' && text[index - 1] === ' ' && text[index + 1] === ' ') page.pause(',');
  else if (SYMBOLS[other] !== undefined) page.say(SYMBOLS[other]);
  else if (!QUIET.has(other)) page.cannotSay(other);
}

function isMinus(text: string, index: number): boolean {
  return /\d/.test(text[index + 1] ?? '') && !/[a-z0-9]/i.test(text[index - 1] ?? ' ');
}

function endsSentence(rest: string): boolean {
  return rest.trim() === '' || /^\s+[A-Z]/.test(rest);
}

/** Letters without accents, one kind of apostrophe within words. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(?<=[a-z])[\u2018\u2019](?=[a-z])/giu, "'")
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('ø', 'o')
    .replaceAll('ß', 'ss')
    .slice(0, 2 * MOST_TEXT);
}

/** At the end of a word, where there is one near. */
function cut(text: string): { kept: string; leftOut: number } {
  if (text.length <= MOST_TEXT) return { kept: text, leftOut: 0 };
  const space = text.lastIndexOf(' ', MOST_TEXT);
  const end = space > MOST_TEXT - 64 ? space : MOST_TEXT;
  return { kept: text.slice(0, end), leftOut: text.length - end };
}
