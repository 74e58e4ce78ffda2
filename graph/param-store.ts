/** The live params of one node: set between ticks, smoothed within them. Used by the runner on the audio path. */
import { GraphError } from './errors.js';
import { didYouMean } from './nearest.js';
import type { ParamSetting, ParamSpec, ParamSpecs } from './param.js';
import { type Constrained, constrain } from './param-law.js';
import { msToFrames } from './units.js';

interface FloatLane {
  readonly min: number;
  readonly max: number;
  readonly rampFrames: number;
  /** As set, without modulation. */
  base: number;
  /** Sum of this tick's modulation. */
  modulation: number;
  /** `base` of the last tick. */
  ramped: number;
  /** Where the ramp goes. */
  target: number;
  /** Change per frame while the ramp runs. */
  step: number;
  /** Of a ramp that the next `begin` starts because somebody asked for it; -1 without one. */
  askedFrames: number;
  /** Whether the ramp under way was asked for. */
  isAsked: boolean;
  /** Frames to the target, at the start and at the end of this tick. */
  before: number;
  after: number;
  /** Of the whole ramp, and of what is left of it at the end of this tick: below 0 where it ended before. */
  total: number;
  left: number;
}

/**
 * A change starts a straight ramp of `smoothingMs`, or of what was asked for, from the value of the moment; the value k frames before
 * the end of a ramp is `target - k * step`, so it arrives exactly and does not depend on how time is cut into ticks.
 * Modulation moves a ramp that was asked for along with it, where there is no smoothing; else it bends it, and it still arrives in time.
 * Nothing allocates after construction, except `set` and `values`.
 */
export class ParamStore {
  private readonly lanes = new Map<string, FloatLane>();
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
    lane.base = constrained.value as number;
    if (rampMs !== undefined) lane.askedFrames = msToFrames(rampMs, this.sampleRate);
    else if (lane.isAsked || lane.askedFrames >= 0) lane.askedFrames = lane.rampFrames;
    return constrained;
  }

  /** Replaces the modulation of a float param, in its unit; holds until replaced. What is not finite counts as none. */
  modulate(name: string, offset: number): void {
    const lane = this.lanes.get(name);
    if (lane !== undefined) lane.modulation = Number.isFinite(offset) ? offset : 0;
  }

  /** Called once per tick, before the node runs: starts the ramps that changes ask for, and moves all to the end of the tick. */
  begin(numFrames: number): void {
    for (const lane of this.lanes.values()) advance(lane, numFrames);
  }

  /** At the end of this tick, modulation included. */
  get(name: string): ParamSetting {
    const lane = this.lanes.get(name);
    if (lane !== undefined) return valueAt(lane, lane.target, lane.after);
    const value = this.steady.get(name);
    if (value === undefined) throw new GraphError('PARAM_UNKNOWN', `no param "${name}"`);
    return value;
  }

  /** Frame by frame into `out[0..numFrames)`; the last frame of the tick equals `get`. */
  ramp(name: string, out: Float32Array, numFrames: number): void {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new GraphError('PARAM_TYPE', `${name} is no float param: it has no ramp`);
    const moving = Math.min(numFrames, lane.before);
    for (let i = 0; i < moving; i++) out[i] = valueAt(lane, lane.target, lane.before - 1 - i);
    out.fill(valueAt(lane, lane.target, 0), moving, numFrames);
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
    const after = Math.min(lane.total, Math.max(0, lane.left - framesAfter));
    if (target === lane.target || lane.rampFrames === 0) return valueAt(lane, target, after);
    return Number.NaN;
  }

  /** Whether `get` stays the same as long as modulation does and nobody sets anything. */
  isSteady(name: string): boolean {
    const lane = this.lanes.get(name);
    return lane === undefined || (lane.after === 0 && targetOf(lane, lane.modulation) === lane.target);
  }

  /** As set, without smoothing and modulation. */
  values(): Record<string, ParamSetting> {
    const values: Record<string, ParamSetting> = {};
    for (const name of Object.keys(this.specs))
      values[name] = this.lanes.get(name)?.base ?? this.steady.get(name)!;
    return values;
  }
}

function createLane(spec: ParamSpec & { type: 'float' }, value: number, sampleRate: number): FloatLane {
  return {
    min: spec.min,
    max: spec.max,
    rampFrames: msToFrames(spec.smoothingMs, sampleRate),
    base: value,
    modulation: 0,
    target: value,
    ramped: value,
    step: 0,
    askedFrames: -1,
    isAsked: false,
    before: 0,
    after: 0,
    total: 0,
    left: 0,
  };
}

/** Where there is no smoothing the sum as it is: so modulation moves a ramp along with it, and only what comes out is limited. */
function targetOf(lane: FloatLane, modulation: number): number {
  const sum = lane.base + modulation;
  return lane.rampFrames === 0 ? sum : limited(lane, sum);
}

function limited(lane: FloatLane, value: number): number {
  return Math.min(lane.max, Math.max(lane.min, value));
}

/** `framesLeft` before the end of a ramp to `target`. */
function valueAt(lane: FloatLane, target: number, framesLeft: number): number {
  return limited(lane, target - framesLeft * lane.step);
}

function advance(lane: FloatLane, numFrames: number): void {
  const target = targetOf(lane, lane.modulation);
  if (lane.askedFrames >= 0) {
    startRamp(lane, target, lane.askedFrames);
    lane.isAsked = lane.askedFrames > 0;
    lane.askedFrames = -1;
  } else if (target !== lane.target) {
    if (lane.rampFrames === 0) lane.target = target;
    else startRamp(lane, target, lane.isAsked ? Math.max(lane.after, lane.rampFrames) : lane.rampFrames);
  }
  lane.ramped = lane.base;
  lane.before = lane.after;
  lane.after = Math.max(0, lane.after - numFrames);
  lane.left -= numFrames;
  if (lane.after === 0) lane.isAsked = false;
}

function startRamp(lane: FloatLane, target: number, frames: number): void {
  // Without smoothing the ramp is that of the base alone, or it would hang on what modulation does in this tick.
  const way =
    lane.rampFrames === 0
      ? lane.base - (lane.ramped - lane.after * lane.step)
      : target - valueAt(lane, lane.target, lane.after);
  lane.target = target;
  lane.after = frames;
  lane.total = frames;
  lane.left = frames;
  lane.step = frames === 0 ? 0 : way / frames;
}
