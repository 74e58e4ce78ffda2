/**
 * Address patterns of OSC 1.0 (`?`, `*`, `[a-z]`, `[!a-z]`, `{one,two}`, inside one part of an
 * address) and `//` of OSC 1.1 (any number of parts). Compiled once, matched by carrying the
 * set of reachable positions along, so the work is at most pattern length times address
 * length, whatever the pattern. All other characters stand for themselves.
 */

/** Counts down as matching works; at 0 the match is given up. Shared by all patterns of a packet. */
export interface StepBudget {
  steps: number;
}

type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | {
      readonly kind: 'set';
      readonly ranges: readonly (readonly [number, number])[];
      readonly negated: boolean;
    }
  | { readonly kind: 'choice'; readonly options: readonly string[] };

/** One part between slashes; 'deep' is what `//` leaves between its slashes. */
type Part = 'deep' | readonly Token[];

export interface AddressPattern {
  /**
   * True when the pattern matches the address with these parts (see `addressParts`). False as well
   * when the budget ran out: look at it.
   */
  matches(parts: readonly string[], budget: StepBudget): boolean;
}

export function addressParts(address: string): readonly string[] {
  return address.slice(1).split('/');
}

const SPECIAL = /[?*[\]{}]|\/\//;

export function isPattern(address: string): boolean {
  return SPECIAL.test(address);
}

/** A compiled pattern, or what is wrong with it. */
export function compilePattern(pattern: string): AddressPattern | string {
  const parts: Part[] = [];
  const sources = pattern.slice(1).split('/');
  for (const [i, source] of sources.entries()) {
    const isTrailingSlash = i === sources.length - 1 && parts.at(-1) !== 'deep';
    if (source === '' && !isTrailingSlash) {
      if (parts.at(-1) !== 'deep') parts.push('deep');
      continue;
    }
    const tokens = compilePart(source);
    if (typeof tokens === 'string') return tokens;
    parts.push(tokens);
  }
  const match = parts.includes('deep') ? matchDeep : matchFlat;
  return { matches: (address, budget) => match(parts, address, budget) };
}

function compilePart(source: string): readonly Token[] | string {
  const tokens: Token[] = [];
  let i = 0;
  while (i < source.length) {
    const char = source[i]!;
    if (char === '?') tokens.push({ kind: 'any' });
    else if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '[' || char === '{') {
      const close = source.indexOf(char === '[' ? ']' : '}', i);
      if (close === -1) return `${char} is not closed in ${source}`;
      const inside = source.slice(i + 1, close);
      if (inside === '' || inside === '!') return `${source.slice(i, close + 1)} is empty`;
      tokens.push(char === '[' ? compileSet(inside) : { kind: 'choice', options: inside.split(',') });
      i = close;
    } else if (char === ']' || char === '}') return `${char} closes nothing in ${source}`;
    else {
      const text = /^[^?*[\]{}]+/.exec(source.slice(i))![0];
      tokens.push({ kind: 'literal', text });
      i += text.length - 1;
    }
    i++;
  }
  return tokens;
}

/** `-` at the end, and `!` anywhere but at the start, stand for themselves. */
function compileSet(inside: string): Token {
  const negated = inside.startsWith('!');
  const chars = negated ? inside.slice(1) : inside;
  const ranges: [number, number][] = [];
  for (let i = 0; i < chars.length; i++) {
    const from = chars.charCodeAt(i);
    if (chars[i + 1] === '-' && i + 2 < chars.length) {
      const to = chars.charCodeAt(i + 2);
      ranges.push([Math.min(from, to), Math.max(from, to)]);
      i += 2;
    } else ranges.push([from, from]);
  }
  return { kind: 'set', ranges, negated };
}

/** Without `//`: part by part. */
function matchFlat(pattern: readonly Part[], parts: readonly string[], budget: StepBudget): boolean {
  budget.steps--;
  if (pattern.length !== parts.length) return false;
  return pattern.every((part, k) => part !== 'deep' && matchPart(part, parts[k]!, budget));
}

/** reachable[k]: the pattern so far can have eaten the first k parts. */
function matchDeep(pattern: readonly Part[], parts: readonly string[], budget: StepBudget): boolean {
  let reachable = [true, ...parts.map(() => false)];
  for (const part of pattern) {
    const next = reachable.map(() => false);
    let isAny = false;
    for (let k = 0; k <= parts.length; k++) {
      if (part === 'deep') {
        isAny ||= reachable[k]!;
        next[k] = isAny;
      } else if (reachable[k] && k < parts.length && matchPart(part, parts[k]!, budget)) {
        next[k + 1] = true;
        isAny = true;
      }
      if (--budget.steps <= 0) return false;
    }
    if (!isAny) return false;
    reachable = next;
  }
  return reachable[parts.length]!;
}

/** The same, character by character. */
function matchPart(tokens: readonly Token[], text: string, budget: StepBudget): boolean {
  const only = tokens[0];
  if (tokens.length === 1 && only?.kind === 'literal') {
    budget.steps--;
    return only.text === text;
  }
  let reachable = new Uint8Array(text.length + 1);
  reachable[0] = 1;
  for (const token of tokens) {
    const next = new Uint8Array(text.length + 1);
    let isAny = false;
    for (let k = 0; k <= text.length; k++) {
      if (token.kind === 'star') {
        isAny ||= reachable[k] === 1;
        next[k] = isAny ? 1 : 0;
      } else if (reachable[k] === 1) isAny = advance(token, text, k, next, budget) || isAny;
    }
    budget.steps -= text.length + 1;
    if (!isAny || budget.steps <= 0) return false;
    reachable = next;
  }
  return reachable[text.length] === 1;
}

/** Marks where `token` can end when it begins at `k`. */
function advance(token: Token, text: string, k: number, next: Uint8Array, budget: StepBudget): boolean {
  if (token.kind === 'choice') {
    let isAny = false;
    for (const option of token.options) {
      budget.steps -= option.length + 1;
      if (!text.startsWith(option, k)) continue;
      next[k + option.length] = 1;
      isAny = true;
    }
    return isAny;
  }
  if (token.kind === 'literal') {
    if (!text.startsWith(token.text, k)) return false;
    next[k + token.text.length] = 1;
    return true;
  }
  if (k === text.length || (token.kind === 'set' && !inSet(token, text.charCodeAt(k)))) return false;
  next[k + 1] = 1;
  return true;
}

function inSet(
  set: { readonly ranges: readonly (readonly [number, number])[]; readonly negated: boolean },
  code: number,
): boolean {
  return set.ranges.some(([from, to]) => from <= code && code <= to) !== set.negated;
}
