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
  /** Where the ramp goes. */
  target: number;
  /** Change per frame while the ramp runs. */
  step: number;
  /** Frames to the target, at the start and at the end of this tick. */
  before: number;
  after: number;
}

/**
 * A change starts a straight ramp of `smoothingMs` from the value of the moment; the value k frames before
 * the end of a ramp is `target - k * step`, so it arrives exactly and does not depend on how time is cut into ticks.
 * Nothing allocates after construction, except `set` and `values`.
 */
export class ParamStore {
  private readonly lanes = new Map<string, FloatLane>();
  private readonly steady = new Map<string, ParamSetting>();

  /** `initial` is complete and checked: see `resolveParams`. */
  constructor(
    private readonly specs: ParamSpecs,
    initial: Readonly<Record<string, ParamSetting>>,
    sampleRate: number,
  ) {
    for (const [name, spec] of Object.entries(specs)) {
      const value = initial[name] ?? spec.default;
      if (spec.type === 'float') this.lanes.set(name, createLane(spec, value as number, sampleRate));
      else this.steady.set(name, value);
    }
  }

  /** Clamps and tells. Takes effect at the next `begin`. Throws PARAM_UNKNOWN, PARAM_TYPE or PARAM_OPTION. */
  set(name: string, setting: unknown): Constrained {
    const spec = Object.hasOwn(this.specs, name) ? this.specs[name] : undefined;
    if (spec === undefined) {
      throw new GraphError('PARAM_UNKNOWN', `no param "${name}"${didYouMean(name, Object.keys(this.specs))}`);
    }
    const constrained = constrain(spec, name, setting);
    const lane = this.lanes.get(name);
    if (lane === undefined) this.steady.set(name, constrained.value);
    else lane.base = constrained.value as number;
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
    if (lane !== undefined) return lane.target - lane.after * lane.step;
    const value = this.steady.get(name);
    if (value === undefined) throw new GraphError('PARAM_UNKNOWN', `no param "${name}"`);
    return value;
  }

  /** Frame by frame into `out[0..numFrames)`; the last frame of the tick equals `get`. */
  ramp(name: string, out: Float32Array, numFrames: number): void {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new GraphError('PARAM_TYPE', `${name} is no float param: it has no ramp`);
    const moving = Math.min(numFrames, lane.before);
    for (let i = 0; i < moving; i++) out[i] = lane.target - (lane.before - 1 - i) * lane.step;
    out.fill(lane.target, moving, numFrames);
  }

  /**
   * What `get` will give `framesAfter` this tick's end, below 0 as at its end, when by then the modulation is
   * `modulation`. NaN when that hangs
   * on its way there, which is so for a smoothed param that is modulated.
   */
  ahead(name: string, modulation: number, framesAfter: number): number {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new GraphError('PARAM_TYPE', `${name} is no float param: ask isSteady`);
    const target = targetOf(lane, modulation);
    // `step` says nothing about frames before this tick's end: the ramp may have begun or ended since.
    const after = Math.max(0, lane.after - Math.max(0, framesAfter));
    if (target === lane.target) return lane.target - after * lane.step;
    return lane.rampFrames === 0 ? target : Number.NaN;
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
    step: 0,
    before: 0,
    after: 0,
  };
}

function targetOf(lane: FloatLane, modulation: number): number {
  return Math.min(lane.max, Math.max(lane.min, lane.base + modulation));
}

function advance(lane: FloatLane, numFrames: number): void {
  const target = targetOf(lane, lane.modulation);
  if (target !== lane.target) {
    const current = lane.target - lane.after * lane.step;
    lane.target = target;
    lane.after = lane.rampFrames;
    lane.step = lane.rampFrames === 0 ? 0 : (target - current) / lane.rampFrames;
  }
  lane.before = lane.after;
  lane.after = Math.max(0, lane.after - numFrames);
}
