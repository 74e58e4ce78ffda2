/** The law between the position of a control, 0 to 1, and the value that it stands for; and back. Pure. */
import { mapParam, type ParamSetting, type ParamSpec, unmapParam } from '../../graph/index.js';
import type { ControlArg } from '../control/index.js';
import type { BindingOptions, Curve } from './binding.js';

export interface ValueLaw {
  /** `position` 0 to 1. */
  argAt(position: number): ControlArg;
  /** 0 to 1: where a control stands for this value, or at its nearest end. */
  positionOf(value: ParamSetting): number;
}

/** How bent `log` and `exp` are: half way up, `exp` has done 12 %. */
const BEND = 4;
const FULL = Math.expm1(BEND);

/** Of a curve with ends at 0 and 1. */
export function bend(curve: Curve, p: number): number {
  switch (curve) {
    case 'exp':
      return Math.expm1(BEND * p) / FULL;
    case 'log':
      return Math.log1p(FULL * p) / BEND;
    case 's':
      return p * p * (3 - 2 * p);
    default:
      return p;
  }
}

/** The inverse of `bend`. */
export function unbend(curve: Curve, y: number): number {
  switch (curve) {
    case 'exp':
      return bend('log', y);
    case 'log':
      return bend('exp', y);
    case 's':
      return 0.5 - Math.sin(Math.asin(1 - 2 * y) / 3);
    default:
      return y;
  }
}

export function paramLaw(spec: ParamSpec, options: BindingOptions): ValueLaw {
  switch (spec.type) {
    case 'bool':
      return boolLaw(options);
    case 'enum':
      return enumLaw(spec.options, options);
    case 'int':
      return straightLaw(spec.min, spec.max, options);
    default:
      return options.curve === 'warp' ? warpedLaw(spec, options) : straightLaw(spec.min, spec.max, options);
  }
}

/** Of an argument that a control stands for; a number is 0 to 1 where the binding does not say, a whole one 0 to 127. */
export function argLaw(spec: { readonly type: string } | undefined, options: BindingOptions): ValueLaw {
  if (spec?.type === 'bool') return boolLaw(options);
  const { min = 0, max = spec?.type === 'int' ? 127 : 1 } = options;
  const law = straightLaw(min, max, { ...options, min, max });
  if (spec?.type !== 'int') return law;
  return { ...law, argAt: (position) => number(Math.round(numberIn(law.argAt(position)))) };
}

function boolLaw({ min = 0, max = 1 }: BindingOptions): ValueLaw {
  const isInverted = min > max;
  return {
    argAt: (position) => ({ kind: 'bool', value: position >= 0.5 !== isInverted }),
    positionOf: (value) => ((value === true || value === 1) !== isInverted ? 1 : 0),
  };
}

function enumLaw(names: readonly string[], options: BindingOptions): ValueLaw {
  const law = straightLaw(0, names.length - 1, options);
  return {
    argAt: (position) =>
      number(Math.min(names.length - 1, Math.max(0, Math.round(numberIn(law.argAt(position)))))),
    positionOf: (value) => law.positionOf(Math.max(0, names.indexOf(String(value)))),
  };
}

/** Straight in the value, but for the curve. */
function straightLaw(lowest: number, highest: number, options: BindingOptions): ValueLaw {
  const { min = lowest, max = highest, curve } = options;
  return {
    // The end is the end: no rounding on the way there.
    argAt: (position) =>
      number(position >= 1 ? max : position <= 0 ? min : min + (max - min) * bend(curve, position)),
    positionOf: (value) => (min === max ? 0 : unbend(curve, clamp01((Number(value) - min) / (max - min)))),
  };
}

/** The param's own law, between the ends that are asked for. */
function warpedLaw(
  spec: ParamSpec & { type: 'float' },
  { min = spec.min, max = spec.max }: BindingOptions,
): ValueLaw {
  const inside = (value: number): number => Math.min(spec.max, Math.max(spec.min, value));
  const isInverted = min > max;
  const part = { ...spec, min: inside(Math.min(min, max)), max: inside(Math.max(min, max)) };
  const turned = (position: number): number => (isInverted ? 1 - position : position);
  return {
    argAt: (position) => number(warped(part, turned(position))),
    positionOf: (value) => turned(unmapParam(part, value)),
  };
}

/** The ends are what was asked for, not what rounding makes of them. */
function warped(spec: ParamSpec & { type: 'float' }, position: number): number {
  if (position <= 0) return spec.min;
  return position >= 1 ? spec.max : (mapParam(spec, position) as number);
}

function number(value: number): ControlArg {
  return { kind: 'number', value };
}

function numberIn(arg: ControlArg): number {
  return arg.kind === 'number' ? arg.value : 0;
}

function clamp01(x: number): number {
  return Math.min(1, Math.max(0, x));
}
