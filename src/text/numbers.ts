/** Numbers as words of American English. Pure; what it makes is bounded by the length of what it is given. */

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES = ['', 'thousand', 'million', 'billion', 'trillion'];
/** Longer ones are read digit by digit. */
const MOST_DIGITS = 3 * SCALES.length;

const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** `digits`: 0 to 9 only, at least one. With a leading zero, or too long for a name, digit by digit. */
export function cardinalWords(digits: string): string[] {
  if (digits.length > MOST_DIGITS || (digits.length > 1 && digits.startsWith('0'))) return digitWords(digits);
  const words: string[] = [];
  const groups = Math.ceil(digits.length / 3);
  for (let group = groups - 1; group >= 0; group--) {
    const end = digits.length - 3 * group;
    const value = Number(digits.slice(Math.max(0, end - 3), end));
    if (value === 0) continue;
    words.push(...belowThousand(value));
    if (group > 0) words.push(SCALES[group]!);
  }
  return words.length === 0 ? [SMALL[0]!] : words;
}

/** One after the other, as of a telephone number. */
export function digitWords(digits: string): string[] {
  return Array.from(digits, (digit) => SMALL[Number(digit)]!);
}

/** 21 is twenty first. */
export function ordinalWords(digits: string): string[] {
  const words = cardinalWords(digits);
  const last = words.pop()!;
  const stem = last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`;
  return [...words, IRREGULAR_ORDINALS[last] ?? stem];
}

/** Four digits that read as a year: in two halves, 1905 is nineteen oh five. undefined when they do not. */
export function yearWords(digits: string): string[] | undefined {
  if (!/^(1[1-9]|20)\d\d$/.test(digits) || /^200\d$/.test(digits)) return undefined;
  const half = Number(digits.slice(2));
  const century = belowThousand(Number(digits.slice(0, 2)));
  if (half === 0) return [...century, 'hundred'];
  return half < 10 ? [...century, 'oh', SMALL[half]!] : [...century, ...belowThousand(half)];
}

function belowThousand(value: number): string[] {
  if (value === 0) return [];
  if (value < 20) return [SMALL[value]!];
  if (value < 100) return [TENS[Math.floor(value / 10)]!, ...belowThousand(value % 10)];
  return [SMALL[Math.floor(value / 100)]!, 'hundred', ...belowThousand(value % 100)];
}
