/** How a morph goes through its time. Pure. */
import { SceneError } from './errors.js';

/** Position 0..1 in time to position 0..1 on the way; 0 to 0 and 1 to 1, never falling. */
type Curve = (position: number) => number;

export const curves = {
  /** Evenly. */
  linear: (p) => p,
  /** Slow at both ends. */
  s: (p) => p * p * (3 - 2 * p),
  /** Slow at the start. */
  'ease-in': (p) => p * p,
  /** Slow at the end. */
  'ease-out': (p) => p * (2 - p),
  /** All at the start. */
  jump: (p) => (p > 0 ? 1 : 0),
  /** All at the end. */
  hold: (p) => (p < 1 ? 0 : 1),
} as const satisfies Readonly<Record<string, Curve>>;

export type CurveName = keyof typeof curves;
export const curveNames = Object.keys(curves) as readonly CurveName[];

/** Throws SCENE_CURVE with the list. */
export function curveOf(name: string): CurveName {
  const found = curveNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new SceneError(
    'SCENE_CURVE',
    `Expected ${curveNames.join(', ')} but received "${name.slice(0, 40)}".`,
  );
}
