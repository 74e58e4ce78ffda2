/** The way of a param from one value to another, as the few messages that make it. Pure. */
import type { ParamSetting, ParamSpec } from '../../graph/index.js';
import { type CurveName, curves } from './curve.js';

export interface Waypoint {
  /** Frames after the start of the morph at which it is said. */
  readonly offset: number;
  readonly value: ParamSetting;
  /** How long a float param takes to get there; left out: as it declares, or at once. */
  readonly rampFrames?: number;
}

/** A curved way is made of straight pieces; with so many, even a hundredfold frequency is off by less than a thousandth. */
export const mostPieces = 64;

/**
 * Where `position`, 0..1 on the way, is. What moves in ratios (`exp`) does so here, decibels move in decibels, whole numbers
 * step, and what cannot be between switches in the middle.
 */
export function between(
  spec: ParamSpec,
  from: ParamSetting,
  to: ParamSetting,
  position: number,
): ParamSetting {
  if (position <= 0) return from;
  if (position >= 1) return to;
  if (typeof from !== 'number' || typeof to !== 'number' || spec.type === 'enum' || spec.type === 'bool') {
    return position < 0.5 ? from : to;
  }
  if (spec.type === 'float' && spec.warp === 'exp') return from * (to / from) ** position;
  const value = from + (to - from) * position;
  return spec.type === 'int' ? Math.round(value) : value;
}

/**
 * From `from` to `to` in `numFrames`, the last of it arriving there exactly. `pieceFrames`: no piece of a curve is shorter.
 * The first is at 0 always, though it only says what is: so the audio thread knows from then on that the param is on its way.
 */
export function waypoints(
  spec: ParamSpec,
  from: ParamSetting,
  to: ParamSetting,
  numFrames: number,
  curve: CurveName,
  pieceFrames: number,
): readonly Waypoint[] {
  if (numFrames <= 0) return [{ offset: 0, value: to }];
  if (from === to) return [{ offset: 0, value: to }];
  if (curve === 'jump') return [{ offset: 0, value: to }];
  if (curve === 'hold')
    return [
      { offset: 0, value: from },
      { offset: numFrames, value: to },
    ];
  const at = (offset: number): ParamSetting => between(spec, from, to, curves[curve](offset / numFrames));
  const numPieces = Math.max(1, Math.min(mostPieces, Math.floor(numFrames / Math.max(1, pieceFrames))));
  if (spec.type !== 'float') return steps(at, from, to, numFrames, numPieces);
  if (curve === 'linear' && spec.warp !== 'exp') return [{ offset: 0, value: to, rampFrames: numFrames }];
  return Array.from({ length: numPieces }, (_, k) => {
    const offset = Math.round((k * numFrames) / numPieces);
    const end = Math.round(((k + 1) * numFrames) / numPieces);
    return { offset, value: at(end), rampFrames: end - offset };
  });
}

/** One point per change, at the very frame where the value changes; at most `numPieces` of them. */
function steps(
  at: (offset: number) => ParamSetting,
  from: ParamSetting,
  to: ParamSetting,
  numFrames: number,
  numPieces: number,
): readonly Waypoint[] {
  const points: Waypoint[] = [{ offset: 0, value: from }];
  let before = 0;
  let value = from;
  for (let k = 1; k <= numPieces; k++) {
    const end = Math.round((k * numFrames) / numPieces);
    const next = k === numPieces ? to : at(end);
    if (next !== value) {
      points.push({ offset: firstWith(at, next, before, end), value: next });
      value = next;
    }
    before = end;
  }
  return points;
}

/** The first offset after `low`, up to `high`, at which the value is `value`, as it is at `high`. */
function firstWith(
  at: (offset: number) => ParamSetting,
  value: ParamSetting,
  low: number,
  high: number,
): number {
  let [below, above] = [low, high];
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (at(middle) === value) above = middle;
    else below = middle;
  }
  return above;
}
