/** A binding: a control, where it leads, and how. Pure. */
import { BindError } from './errors.js';
import { controlText, type MidiControl } from './midi-control.js';

/** Law between the position of a control and the value: as the param declares, straight, quick at first, slow at first, or slow at both ends. */
export const CURVES = ['warp', 'lin', 'log', 'exp', 's'] as const;
/** What a control does that is not where its param is: the param goes there, or waits until the control comes by. */
export const MODES = ['jump', 'pickup'] as const;
/** The value itself; a message when pressed; back and forth with each press; one end while pressed, the other when let go. */
export const MANNERS = ['value', 'trigger', 'toggle', 'gate'] as const;

export type Curve = (typeof CURVES)[number];
export type Mode = (typeof MODES)[number];
export type Manner = (typeof MANNERS)[number];

export interface BindingOptions {
  /** Value at the one end of the control and at the other; inverted where `min` is above `max`. Left out: as declared. */
  readonly min?: number;
  readonly max?: number;
  readonly curve: Curve;
  readonly mode: Mode;
  /** Left out: as what it leads to suggests. */
  readonly as?: Manner;
  /** Whether changes from elsewhere go back to the control. */
  readonly feedback: boolean;
}

export interface Binding extends BindingOptions {
  readonly control: MidiControl;
  /** A message as a person types it: an address, or a pattern, and arguments of which `$` is the value. */
  readonly to: string;
}

export const MAX_BINDINGS = 128;
export const MAX_TO_TEXT = 300;
export const PLAIN_OPTIONS: BindingOptions = { curve: 'warp', mode: 'jump', feedback: true };

/** `words`: such as `pickup s toggle`, in any order. Throws `BIND_OPTION`. */
export function parseOptions(min?: number, max?: number, words = ''): BindingOptions {
  let options: BindingOptions = { ...PLAIN_OPTIONS };
  for (const end of [min, max]) {
    if (end !== undefined && !Number.isFinite(end)) throw bad('a finite number', String(end));
  }
  if (min !== undefined) options = { ...options, min };
  if (max !== undefined) options = { ...options, max };
  for (const word of words.split(/\s+/)) {
    if (word === '') continue;
    if (isOneOf(CURVES, word)) options = { ...options, curve: word };
    else if (isOneOf(MODES, word)) options = { ...options, mode: word };
    else if (isOneOf(MANNERS, word)) options = { ...options, as: word };
    else if (word === 'feedback' || word === 'silent')
      options = { ...options, feedback: word === 'feedback' };
    else throw bad([...CURVES, ...MODES, ...MANNERS, 'feedback or silent'].join(', '), word);
  }
  return options;
}

/** The words that `parseOptions` reads; what is plain is left out. */
export function optionWords({ curve, mode, as, feedback }: BindingOptions): string {
  const words = [
    curve === 'warp' ? '' : curve,
    mode === 'jump' ? '' : mode,
    as ?? '',
    feedback ? '' : 'silent',
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** For a person: `cc:21@1 launchkey to /node/model/temperature`. */
export function describeBinding({ control, to }: Pick<Binding, 'control' | 'to'>): string {
  return `${controlText(control)} to ${to}`;
}

export function isOneOf<T extends string>(all: readonly T[], word: unknown): word is T {
  return all.some((one) => one === word);
}

function bad(expected: string, received: string): BindError {
  return new BindError('BIND_OPTION', `Expected ${expected} but received "${received.slice(0, 80)}".`);
}
