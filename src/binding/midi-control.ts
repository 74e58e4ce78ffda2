/** What a person moves: one control of a MIDI instrument, and its text, `cc:21@1 launchkey`. Pure. */
import { BindError } from './errors.js';

/** Each kind with the highest number that it takes; undefined: it takes none. */
export const CONTROL_KINDS = {
  /** A controller, 7 bits. */
  cc: 127,
  /** A pair of controllers, `number` and `number` + 32: 14 bits. */
  cc14: 31,
  /** 14 bits, by controllers 99, 98, 6 and 38. */
  nrpn: 16_383,
  /** The pitch wheel, 14 bits. */
  bend: undefined,
  /** Aftertouch of a channel. */
  pressure: undefined,
  /** Aftertouch of a key. */
  'key-pressure': 127,
  note: 127,
  /** Without a number the program is the value; with one, that program is a press. */
  program: 127,
} as const satisfies Record<string, number | undefined>;

export type ControlKind = keyof typeof CONTROL_KINDS;

export interface MidiControl {
  readonly kind: ControlKind;
  /** As its kind allows; undefined for bend, pressure, and programs as a value. */
  readonly number?: number;
  /** 1 to 16; 0 for all. */
  readonly channel: number;
  /** Part of the name of a port, in any case; empty for every port. */
  readonly port: string;
}

/** What a control can hold: 0 to this. */
export function highestValue(kind: ControlKind): number {
  return kind === 'cc14' || kind === 'nrpn' || kind === 'bend' ? 16_383 : 127;
}

export const MAX_CONTROL_TEXT = 200;
const CONTROL = /^([a-z0-9-]+)(?::(\d{1,5}))?(?:@(\d{1,2}))?(?:\s+(\S.*))?$/;

/** Throws `BIND_CONTROL`. */
export function parseControl(text: string): MidiControl {
  const match = text.length > MAX_CONTROL_TEXT ? null : CONTROL.exec(text.trim());
  const [, kind = '', digits, channelDigits, port = ''] = match ?? [];
  if (!Object.hasOwn(CONTROL_KINDS, kind)) throw bad(text, `one of ${Object.keys(CONTROL_KINDS).join(', ')}`);
  const highest = CONTROL_KINDS[kind as ControlKind];
  const number = digits === undefined ? undefined : Number(digits);
  if (highest === undefined && number !== undefined) throw bad(text, `${kind} without a number`);
  if (highest !== undefined) {
    if (number === undefined && kind !== 'program') throw bad(text, `${kind}:NUMBER, 0 to ${highest}`);
    if (number !== undefined && number > highest) throw bad(text, `a number from 0 to ${highest}`);
  }
  const channel = Number(channelDigits ?? 0);
  if (channel > 16) throw bad(text, 'a channel from 1 to 16, or 0 for all');
  return { kind: kind as ControlKind, ...(number !== undefined && { number }), channel, port };
}

/** The text that `parseControl` reads. */
export function controlText({ kind, number, channel, port }: MidiControl): string {
  const head = number === undefined ? kind : `${kind}:${number}`;
  const on = channel === 0 ? '' : `@${channel}`;
  return `${head}${on}${port === '' ? '' : ` ${port}`}`;
}

function bad(text: string, expected: string): BindError {
  return new BindError('BIND_CONTROL', `Expected ${expected} but received "${text.slice(0, 80)}".`);
}
