/** The live params of one node: set between ticks, smoothed within them. Used by the runner on the audio path. */
import { GraphError } from './errors.js';
import { didYouMean } from './nearest.js';
import type { ParamSetting, ParamSpec, ParamSpecs } from './param.js';
import { type Constrained, constrain } from './param-law.js';
import { msToFrames } from './units.js';

/**
 * What a float param is and does, as numbers in one array. No object with fields: where a field holds whole numbers at first and a
 * fraction once the param moves, the engine that runs us makes all code anew that ever read one, in the middle of a block.
 */
type FloatLane = Float64Array;

const MIN = 0;
const MAX = 1;
/** Of the param's own smoothing. */
const RAMP_FRAMES = 2;
/** As set, without modulation. */
const BASE = 3;
/** Sum of this tick's modulation. */
const MODULATION = 4;
/** The base of the last tick. */
const RAMPED = 5;
/** Where the ramp goes. */
const TARGET = 6;
/** Change per frame while the ramp runs. */
const STEP = 7;
/** Of a ramp that the next `begin` starts because somebody asked for it; -1 without one. */
const ASKED_FRAMES = 8;
/** 1: the ramp under way was asked for. */
const IS_ASKED = 9;
/** Frames to the target, at the start and at the end of this tick. */
const BEFORE = 10;
const AFTER = 11;
/** Of the whole ramp, and of what is left of it at the end of this tick: below 0 where it ended before. */
const TOTAL = 12;
const LEFT = 13;
const LANE_LENGTH = 14;

/**
 * A change starts a straight ramp of `smoothingMs`, or of what was asked for, from the value of the moment; the value k frames before
 * the end of a ramp is `target - k * step`, so it arrives exactly and does not depend on how time is cut into ticks.
 * Modulation moves a ramp that was asked for along with it, where there is no smoothing; else it bends it, and it still arrives in time.
 * Nothing allocates after construction, except `set` and `values`.
 */
export class ParamStore {
  private readonly lanes = new Map<string, FloatLane>();
  private readonly allLanes: readonly FloatLane[];
  private readonly steady = new Map<string, ParamSetting>();

  /** `initial` is complete and checked: see `resolveParams`. */
  constructor(
    private readonly specs: ParamSpecs,
    initial: Readonly<Record<string, ParamSetting>>,
    private readonly sampleRate: number,
  ) {
    for (const [name, spec] of Object.entries(specs)) {
      const value = initial[name] ?? spec.default;
      if (spec.type === 'float') this.lanes.set(name, createLane(spec, value as number, sampleRate));
      else this.steady.set(name, value);
    }
    this.allLanes = [...this.lanes.values()];
  }

  /**
   * Clamps and tells. Takes effect at the next `begin`, over `rampMs` instead of the param's own smoothing where that is given; what is
   * no float has no ramp. Throws PARAM_UNKNOWN, PARAM_TYPE or PARAM_OPTION.
   */
  set(name: string, setting: unknown, rampMs?: number): Constrained {
    const spec = Object.hasOwn(this.specs, name) ? this.specs[name] : undefined;
    if (spec === undefined) {
      throw new GraphError('PARAM_UNKNOWN', `no param "${name}"${didYouMean(name, Object.keys(this.specs))}`);
    }
    const constrained = constrain(spec, name, setting);
    const lane = this.lanes.get(name);
    if (lane === undefined) {
      this.steady.set(name, constrained.value);
      return constrained;
    }
    lane[BASE] = constrained.value as number;
    if (rampMs !== undefined) lane[ASKED_FRAMES] = msToFrames(rampMs, this.sampleRate);
    else if (lane[IS_ASKED] === 1 || lane[ASKED_FRAMES]! >= 0) lane[ASKED_FRAMES] = lane[RAMP_FRAMES]!;
    return constrained;
  }

  /** Replaces the modulation of a float param, in its unit; holds until replaced. What is not finite counts as none. */
  modulate(name: string, offset: number): void {
    const lane = this.lanes.get(name);
    if (lane !== undefined) lane[MODULATION] = Number.isFinite(offset) ? offset : 0;
  }

  /** Called once per tick, before the node runs: starts the ramps that changes ask for, and moves all to the end of the tick. */
  begin(numFrames: number): void {
    for (let i = 0; i < this.allLanes.length; i++) advance(this.allLanes[i]!, numFrames);
  }

  /** At the end of this tick, modulation included. */
  get(name: string): ParamSetting {
    const lane = this.lanes.get(name);
    if (lane !== undefined) return valueAt(lane, lane[TARGET]!, lane[AFTER]!);
    const value = this.steady.get(name);
    if (value === undefined) throw new GraphError('PARAM_UNKNOWN', `no param "${name}"`);
    return value;
  }

  /** Frame by frame into `out[0..numFrames)`; the last frame of the tick equals `get`. */
  ramp(name: string, out: Float32Array, numFrames: number): void {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new GraphError('PARAM_TYPE', `${name} is no float param: it has no ramp`);
    const target = lane[TARGET]!;
    const before = lane[BEFORE]!;
    const moving = Math.min(numFrames, before);
    for (let i = 0; i < moving; i++) out[i] = valueAt(lane, target, before - 1 - i);
    out.fill(valueAt(lane, target, 0), moving, numFrames);
  }

  /**
   * What `get` will give `framesAfter` this tick's end, below 0 as it was since the ramp began, when by then the modulation is
   * `modulation`. NaN when that hangs
   * on its way there, which is so for a smoothed param that is modulated.
   */
  ahead(name: string, modulation: number, framesAfter: number): number {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new GraphError('PARAM_TYPE', `${name} is no float param: ask isSteady`);
    const target = targetOf(lane, modulation);
    // Back to where the ramp began: what was before that is not known any more.
    const after = Math.min(lane[TOTAL]!, Math.max(0, lane[LEFT]! - framesAfter));
    if (target === lane[TARGET] || lane[RAMP_FRAMES] === 0) return valueAt(lane, target, after);
    return Number.NaN;
  }

  /** Whether `get` stays the same as long as modulation does and nobody sets anything. */
  isSteady(name: string): boolean {
    const lane = this.lanes.get(name);
    return lane === undefined || (lane[AFTER] === 0 && targetOf(lane, lane[MODULATION]!) === lane[TARGET]);
  }

  /** As set, without smoothing and modulation. */
  values(): Record<string, ParamSetting> {
    const values: Record<string, ParamSetting> = {};
    for (const name of Object.keys(this.specs))
      values[name] = this.lanes.get(name)?.[BASE] ?? this.steady.get(name)!;
    return values;
  }
}

function createLane(spec: ParamSpec & { type: 'float' }, value: number, sampleRate: number): FloatLane {
  const lane = new Float64Array(LANE_LENGTH);
  lane[MIN] = spec.min;
  lane[MAX] = spec.max;
  lane[RAMP_FRAMES] = msToFrames(spec.smoothingMs, sampleRate);
  lane[BASE] = value;
  lane[TARGET] = value;
  lane[RAMPED] = value;
  lane[ASKED_FRAMES] = -1;
  return lane;
}

/** Where there is no smoothing the sum as it is: so modulation moves a ramp along with it, and only what comes out is limited. */
function targetOf(lane: FloatLane, modulation: number): number {
  const sum = lane[BASE]! + modulation;
  return lane[RAMP_FRAMES] === 0 ? sum : limited(lane, sum);
}

function limited(lane: FloatLane, value: number): number {
  return Math.min(lane[MAX]!, Math.max(lane[MIN]!, value));
}

/** `framesLeft` before the end of a ramp to `target`. */
function valueAt(lane: FloatLane, target: number, framesLeft: number): number {
  return limited(lane, target - framesLeft * lane[STEP]!);
}

function advance(lane: FloatLane, numFrames: number): void {
  const target = targetOf(lane, lane[MODULATION]!);
  const rampFrames = lane[RAMP_FRAMES]!;
  const askedFrames = lane[ASKED_FRAMES]!;
  if (askedFrames >= 0) {
    startRamp(lane, target, askedFrames);
    lane[IS_ASKED] = askedFrames > 0 ? 1 : 0;
    lane[ASKED_FRAMES] = -1;
  } else if (target !== lane[TARGET]) {
    if (rampFrames === 0) lane[TARGET] = target;
    else startRamp(lane, target, lane[IS_ASKED] === 1 ? Math.max(lane[AFTER]!, rampFrames) : rampFrames);
  }
  lane[RAMPED] = lane[BASE]!;
  lane[BEFORE] = lane[AFTER]!;
  lane[AFTER] = Math.max(0, lane[AFTER]! - numFrames);
  lane[LEFT] = lane[LEFT]! - numFrames;
  if (lane[AFTER] === 0) lane[IS_ASKED] = 0;
}

function startRamp(lane: FloatLane, target: number, frames: number): void {
  // Without smoothing the ramp is that of the base alone, or it would hang on what modulation does in this tick.
  const way =
    lane[RAMP_FRAMES] === 0
      ? lane[BASE]! - (lane[RAMPED]! - lane[AFTER]! * lane[STEP]!)
      : target - valueAt(lane, lane[TARGET]!, lane[AFTER]!);
  lane[TARGET] = target;
  lane[AFTER] = frames;
  lane[TOTAL] = frames;
  lane[LEFT] = frames;
  lane[STEP] = frames === 0 ? 0 : way / frames;
}
