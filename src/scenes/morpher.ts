/**
 * Params on their way to other values, over a time: each is a few messages with frames of their own, handed over ahead of
 * those frames, so that no jitter of a timer is heard. Control side; the audio thread heeds the frames, and ends what is
 * moved by hand (engine/morph-gate.ts).
 */
import type { ParamSetting, ParamSpec } from '../../graph/index.js';
import type { ControlMessage, StampedMessage } from '../control/index.js';
import { type CurveName, curves } from './curve.js';
import { SceneError } from './errors.js';
import { between, type Waypoint, waypoints } from './waypoints.js';

/** From asking to the first frame: the audio thread has heard of it by then. */
export const leadMs = 20;
/** Said so far ahead: a main thread that is held up for less is not heard. */
const horizonMs = 300;
const lookMs = 50;
/** The shortest straight piece of a curved way. */
const pieceMs = 20;
/** A morph whose messages are not applied in this time after their frame has been ended by somebody. */
const confirmMs = 1000;

export interface Goal {
  readonly nodeId: string;
  readonly name: string;
  readonly spec: ParamSpec;
  readonly from: ParamSetting;
  readonly to: ParamSetting;
  readonly curve: CurveName;
}

export interface MorphPorts {
  /** Hz. */
  readonly sampleRate: number;
  /** The engine frame that is asked for now; undefined while the clock does not run. */
  nowFrame(): number | undefined;
  apply(messages: readonly StampedMessage[]): void;
  /** Calls back every `ms` until what it returns is called. */
  every(ms: number, action: () => void): () => void;
}

interface Way {
  readonly goal: Goal;
  readonly morph: number;
  readonly startFrame: number;
  readonly numFrames: number;
  readonly points: readonly Waypoint[];
  /** Of the points, the first that has not been handed over. */
  next: number;
  /** Whether the audio thread is known to heed it. */
  isHeeded: boolean;
}

export class Morpher {
  private readonly ways = new Map<string, Way>();
  private lastMorph = 0;
  private stopLooking: (() => void) | undefined;

  constructor(private readonly ports: MorphPorts) {}

  /** Moves all goals over `ms`, all from the same frame; at once with `ms` 0. Throws SCENE_NO_CLOCK. */
  start(goals: readonly Goal[], ms: number): void {
    this.lastMorph++;
    const { sampleRate } = this.ports;
    if (ms <= 0) {
      for (const goal of goals) this.ways.delete(keyOf(goal));
      this.ports.apply(goals.map((goal) => stamped(goal, goal.to, 0, this.lastMorph)));
      return;
    }
    const now = this.ports.nowFrame();
    if (now === undefined) {
      throw new SceneError('SCENE_NO_CLOCK', 'The audio clock does not run yet: nothing can take time.');
    }
    const startFrame = Math.round(now + (leadMs * sampleRate) / 1000);
    const numFrames = Math.round((ms * sampleRate) / 1000);
    // All that is said ahead fits the queue of the engine.
    const pieceFrames = (Math.max(pieceMs, goals.length / 8) * sampleRate) / 1000;
    for (const goal of goals) {
      const { spec, from, to, curve } = goal;
      const points = waypoints(spec, from, to, numFrames, curve, pieceFrames);
      this.ways.set(keyOf(goal), {
        goal,
        morph: this.lastMorph,
        startFrame,
        numFrames,
        points,
        next: 0,
        isHeeded: false,
      });
    }
    this.look();
    this.stopLooking ??= this.ports.every(lookMs, () => this.look());
  }

  /** Where a param that is on its way will be when a morph that is asked for now starts; undefined for another. */
  valueOf(nodeId: string, name: string): ParamSetting | undefined {
    const way = this.ways.get(`${nodeId}/${name}`);
    const now = this.ports.nowFrame();
    if (way === undefined || now === undefined) return undefined;
    const { goal, startFrame, numFrames } = way;
    const frame = now + (leadMs * this.ports.sampleRate) / 1000;
    const position = Math.min(1, Math.max(0, (frame - startFrame) / numFrames));
    return between(goal.spec, goal.from, goal.to, curves[goal.curve](position));
  }

  /** Messages took effect, whoever sent them: what is moved by hand, or by a newer morph, is no longer ours to move. */
  heard(messages: readonly ControlMessage[]): void {
    if (this.ways.size === 0) return;
    for (const message of messages) {
      if (message.kind === 'panic') this.endAll();
      if (message.kind !== 'param') continue;
      const key = keyOf(message);
      const way = this.ways.get(key);
      if (way === undefined) continue;
      if (message.morph === way.morph) way.isHeeded = true;
      // Before any of it was heeded, what was applied may have come before it was asked for.
      else if (message.morph === undefined && way.isHeeded) this.ways.delete(key);
    }
  }

  get isMoving(): boolean {
    return this.ways.size > 0;
  }

  /** Another patch plays, or all is to be left where it is. */
  endAll(): void {
    this.ways.clear();
    this.stopLooking?.();
    this.stopLooking = undefined;
  }

  private look(): void {
    const now = this.ports.nowFrame();
    if (now === undefined) return;
    const { sampleRate } = this.ports;
    const until = now + (horizonMs * sampleRate) / 1000;
    const late = (confirmMs * sampleRate) / 1000;
    const due: StampedMessage[] = [];
    for (const [key, way] of this.ways) {
      const { goal, points, startFrame, numFrames, morph } = way;
      for (; way.next < points.length; way.next++) {
        const { offset, value, rampFrames } = points[way.next]!;
        if (startFrame + offset > until) break;
        const rampMs = rampFrames === undefined ? undefined : (rampFrames * 1000) / sampleRate;
        due.push(stamped(goal, value, startFrame + offset, morph, rampMs));
      }
      const isOver = way.next === points.length && now >= startFrame + numFrames;
      if (isOver || (!way.isHeeded && now > startFrame + late)) this.ways.delete(key);
    }
    due.sort((a, b) => a.frame - b.frame);
    if (due.length > 0) this.ports.apply(due);
    if (this.ways.size === 0) this.endAll();
  }
}

function keyOf({ nodeId, name }: { readonly nodeId: string; readonly name: string }): string {
  return `${nodeId}/${name}`;
}

function stamped(
  { nodeId, name }: Goal,
  value: ParamSetting,
  frame: number,
  morph: number,
  rampMs?: number,
): StampedMessage {
  const message = { kind: 'param', nodeId, name, value, morph } as const;
  return { frame, message: rampMs === undefined ? message : { ...message, rampMs } };
}
