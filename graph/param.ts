import type { Unit } from './units.js';

/** A live-controllable value. */
export type ParamSpec =
  | {
      readonly type: 'float';
      readonly label: string;
      readonly unit: Unit;
      readonly min: number;
      readonly max: number;
      readonly default: number;
      /** The law between a knob's 0..1 and the value: see `mapParam`. `exp` needs min > 0. */
      readonly warp: 'lin' | 'exp' | 'db';
      /** Ramp after a change; 0 = at the next block boundary. */
      readonly smoothingMs: number;
    }
  | {
      readonly type: 'int';
      readonly label: string;
      readonly unit: Unit;
      readonly min: number;
      readonly max: number;
      readonly default: number;
    }
  | {
      readonly type: 'enum';
      readonly label: string;
      readonly options: readonly string[];
      readonly default: string;
    }
  | { readonly type: 'bool'; readonly label: string; readonly default: boolean };

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** What `params.get` returns. */
export type ParamValue<S extends ParamSpec> = S extends { type: 'enum'; options: readonly (infer O)[] }
  ? O
  : S extends { type: 'bool' }
    ? boolean
    : number;

/** What a patch, a preset or a message may set a param to. */
export type ParamSetting = number | string | boolean;
