/**
 * Arguments as they came to values as they are declared. A value out of range is clamped
 * and told; a wrong type is refused. Pure.
 */
import type { ActionValue, ParamSetting, ParamSpec } from '../../graph/index.js';
import type { CommandArgSpec } from './commands/spec.js';
import type { OscErrorCode } from './errors.js';

/** An argument without its wire type. `impulse` is OSC's I, `other` names a type that no address takes. */
export type ControlArg =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'impulse' }
  | { readonly kind: 'other'; readonly type: string };

export interface Told {
  readonly code: OscErrorCode;
  readonly message: string;
}
export type Coerced<T> =
  | { readonly ok: true; readonly value: T; readonly warning?: Told }
  | { readonly ok: false; readonly refusal: Told };

/** `name` is used in sentences only. */
export function coerceParam(name: string, spec: ParamSpec, arg: ControlArg): Coerced<ParamSetting> {
  if (spec.type === 'bool') return coerceBool(name, arg);
  if (spec.type === 'enum') return coerceEnum(name, spec.options, arg);
  const number = coerceNumber(name, spec.type, arg);
  if (!number.ok) return number;
  const value = Math.min(spec.max, Math.max(spec.min, number.value));
  if (value === number.value) return number;
  const unit = spec.unit === 'none' ? '' : ` ${spec.unit}`;
  const side = number.value > spec.max ? 'above' : 'below';
  const message = `${name} ${shown(number.value)} is ${side} the allowed range ${spec.min} to ${spec.max}${unit}; set to ${value}.`;
  return { ok: true, value, warning: { code: 'OSC_CLAMPED', message } };
}

export function coerceActionArg(spec: CommandArgSpec, arg: ControlArg): Coerced<ActionValue> {
  if (spec.type === 'any') {
    if (arg.kind === 'number') return coerceNumber(spec.name, 'float', arg);
    if (arg.kind === 'string' || arg.kind === 'bool') return accept(arg.value);
    return wrongType(spec.name, 'a number, a text, T or F', arg);
  }
  if (spec.type === 'bool') return coerceBool(spec.name, arg);
  if (spec.type !== 'string') return coerceNumber(spec.name, spec.type, arg);
  return arg.kind === 'string' ? accept(arg.value) : wrongType(spec.name, 'a string (s)', arg);
}

function coerceNumber(name: string, type: 'float' | 'int', arg: ControlArg): Coerced<number> {
  if (arg.kind !== 'number') return wrongType(name, 'a number (f, i, d or h)', arg);
  const value = type === 'int' ? Math.round(arg.value) : arg.value;
  if (!Number.isFinite(value) || (type === 'int' && !Number.isSafeInteger(value)))
    return refuse(
      'OSC_BAD_VALUE',
      `${name} takes a finite ${type === 'int' ? 'whole ' : ''}number, not ${arg.value}.`,
    );
  return accept(value === 0 ? 0 : value);
}

function coerceBool(name: string, arg: ControlArg): Coerced<boolean> {
  if (arg.kind === 'bool') return accept(arg.value);
  if (arg.kind === 'impulse') return accept(true);
  if (arg.kind !== 'number') return wrongType(name, 'T, F or a number (0 is off)', arg);
  if (Number.isNaN(arg.value)) return refuse('OSC_BAD_VALUE', `${name} takes T, F or a number, not NaN.`);
  return accept(arg.value !== 0);
}

function coerceEnum(name: string, options: readonly string[], arg: ControlArg): Coerced<string> {
  if (arg.kind !== 'string' && arg.kind !== 'number')
    return wrongType(name, 'an option (s) or its index (i)', arg);
  const option = arg.kind === 'string' ? options.find((o) => o === arg.value) : options[arg.value];
  if (option !== undefined) return accept(option);
  const listed = options.map((o, i) => `${i} ${o}`).join(', ');
  return refuse('OSC_BAD_OPTION', `${name} takes one of ${listed}; not ${shown(arg.value)}.`);
}

function wrongType(name: string, expected: string, arg: ControlArg): Coerced<never> {
  const received = arg.kind === 'other' ? arg.type : `a ${arg.kind}`;
  return refuse('OSC_WRONG_TYPE', `${name} takes ${expected}, not ${received}.`);
}

function accept<T>(value: T): Coerced<T> {
  return { ok: true, value };
}

function refuse(code: OscErrorCode, message: string): Coerced<never> {
  return { ok: false, refusal: { code, message } };
}

/** Short enough for a sentence: float32 values without their tail of digits. */
export function shown(value: number | string): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  return value.length > 40 ? `${value.slice(0, 40)}...` : value;
}
