/** A message as a person types it, `/node/keys/note 60 $`: an address and the arguments after it. Pure. */
import type { ControlArg } from '../control/index.js';
import { MAX_TO_TEXT } from './binding.js';
import { BindError } from './errors.js';

/** `value`: here goes what the control says. */
export type ArgText = { readonly kind: 'value' } | ControlArg;

export interface MessageText {
  readonly address: string;
  readonly args: readonly ArgText[];
}

/** An argument with spaces stands in double quotes, and is then no number. */
const WORD = /"([^"]*)"|\S+/g;

/** Throws `BIND_TARGET` where there is no address. */
export function parseMessageText(text: string): MessageText {
  if (text.length > MAX_TO_TEXT) {
    throw new BindError(
      'BIND_TARGET',
      `Expected at most ${MAX_TO_TEXT} characters but received ${text.length}.`,
    );
  }
  const words = [...text.matchAll(WORD)];
  const address = words[0]?.[0] ?? '';
  if (!address.startsWith('/')) {
    throw new BindError(
      'BIND_TARGET',
      `Expected an address that begins with / but received "${text.slice(0, 80)}".`,
    );
  }
  return { address, args: words.slice(1).map(([word, quoted]) => argOf(word, quoted)) };
}

function argOf(word: string, quoted: string | undefined): ArgText {
  if (quoted !== undefined) return { kind: 'string', value: quoted };
  if (word === '$') return { kind: 'value' };
  const value = Number(word);
  return Number.isFinite(value) ? { kind: 'number', value } : { kind: 'string', value: word };
}
