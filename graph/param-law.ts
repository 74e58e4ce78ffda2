/** What a param may be set to, and the law between a knob and a value. The one place that clamps. */
import { GraphError } from './errors.js';
import { didYouMean } from './nearest.js';
import type { ParamSetting, ParamSpec, ParamSpecs } from './param.js';
import { dbToGain, gainToDb } from './units.js';

export interface Constrained {
  readonly value: ParamSetting;
  /** True when the asked value was out of range; rounding an int does not count. */
  readonly clamped: boolean;
}

function wrongType(name: string, expected: string, setting: unknown, path?: string): GraphError {
  const received = typeof setting === 'number' ? String(setting) : `${JSON.stringify(setting)}`;
  return new GraphError(
    'PARAM_TYPE',
    `expected ${expected} for ${name} but received ${received.slice(0, 80)}`,
    {
      ...(path === undefined ? {} : { path }),
    },
  );
}

/** The nearest allowed value. Throws PARAM_TYPE or PARAM_OPTION where no value is near. `path`: JSON path, for patches. */
export function constrain(spec: ParamSpec, name: string, setting: unknown, path?: string): Constrained {
  switch (spec.type) {
    case 'bool':
      if (typeof setting !== 'boolean') throw wrongType(name, 'true or false', setting, path);
      return { value: setting, clamped: false };
    case 'enum':
      if (typeof setting !== 'string') throw wrongType(name, describeRange(spec), setting, path);
      if (!spec.options.includes(setting)) {
        throw new GraphError(
          'PARAM_OPTION',
          `"${setting.slice(0, 80)}" is no option of ${name}${didYouMean(setting, spec.options)}`,
          { ...(path === undefined ? {} : { path }) },
        );
      }
      return { value: setting, clamped: false };
    default: {
      if (typeof setting !== 'number' || !Number.isFinite(setting)) {
        throw wrongType(name, `a number (${describeRange(spec)})`, setting, path);
      }
      const whole = spec.type === 'int' ? Math.round(setting) : setting;
      const value = Math.min(spec.max, Math.max(spec.min, whole));
      return { value, clamped: value !== whole };
    }
  }
}

/** The allowed values as a person reads them: `-60 to 12 db`, `one of sine, square`. */
export function describeRange(spec: ParamSpec): string {
  switch (spec.type) {
    case 'bool':
      return 'true or false';
    case 'enum':
      return `one of ${spec.options.join(', ')}`;
    default:
      return `${spec.min} to ${spec.max}${spec.unit === 'none' || spec.unit === 'ratio' ? '' : ` ${spec.unit}`}`;
  }
}

/**
 * Knob position 0..1 to value. `lin` is straight, `exp` gives equal ratios for equal turns,
 * `db` is a fader: the amplitude follows the square of the position. Positions outside 0..1 are clamped.
 */
export function mapParam(spec: ParamSpec, position: number): ParamSetting {
  const p = Math.min(1, Math.max(0, position));
  switch (spec.type) {
    case 'bool':
      return p >= 0.5;
    case 'enum':
      return spec.options[Math.round(p * (spec.options.length - 1))]!;
    case 'int':
      return Math.round(spec.min + p * (spec.max - spec.min));
    default:
      return clamp(spec, mapFloat(spec, p));
  }
}

function mapFloat(spec: ParamSpec & { type: 'float' }, p: number): number {
  switch (spec.warp) {
    case 'lin':
      return spec.min + p * (spec.max - spec.min);
    case 'exp':
      return spec.min * (spec.max / spec.min) ** p;
    case 'db': {
      const low = dbToGain(spec.min);
      return gainToDb(low + (dbToGain(spec.max) - low) * p * p);
    }
  }
}

/** Value to knob position 0..1: the inverse of `mapParam`. */
export function unmapParam(spec: ParamSpec, value: ParamSetting): number {
  if (spec.type === 'bool') return value === true ? 1 : 0;
  if (spec.type === 'enum') {
    return spec.options.length < 2 ? 0 : spec.options.indexOf(String(value)) / (spec.options.length - 1);
  }
  if (spec.max === spec.min) return 0;
  const x = Math.min(spec.max, Math.max(spec.min, Number(value)));
  if (spec.type === 'int' || spec.warp === 'lin') return (x - spec.min) / (spec.max - spec.min);
  if (spec.warp === 'exp') return Math.log(x / spec.min) / Math.log(spec.max / spec.min);
  const low = dbToGain(spec.min);
  return Math.sqrt((dbToGain(x) - low) / (dbToGain(spec.max) - low));
}

function clamp(spec: { readonly min: number; readonly max: number }, value: number): number {
  return Math.min(spec.max, Math.max(spec.min, value));
}

/** Every param at its default. */
export function defaultParams(specs: ParamSpecs): Record<string, ParamSetting> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, spec.default]));
}
