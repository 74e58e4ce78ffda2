/**
 * The offset between the wall clock, in which time tags are given, and the steady clock, in
 * which audio is counted. JavaScript reads the wall clock in whole milliseconds, so the
 * offset is taken at the moment it changes; NTP slews and sets it, so it is taken again.
 */
import { monotonicMs } from './monotonic.js';

/** A reading that took longer than this was interrupted and says nothing. */
const MAX_READING_MS = 0.05;
const MAX_EDGES = 4;

export interface WallClock {
  /** Takes the offset again; busy for a millisecond, a few when interrupted. Call it every second or so. */
  measure(): void;
  /** A wall-clock time, ms since 1970, on the steady clock. */
  toMonotonicMs(unixMs: number): number;
}

export function createWallClock(
  readWallMs: () => number = Date.now,
  readSteadyMs: () => number = monotonicMs,
): WallClock {
  let offsetMs = readWallMs() - readSteadyMs();

  /** Steady time at the next change of the wall clock, less that wall time; undefined when interrupted. */
  const offsetAtEdge = (): number | undefined => {
    const startMs = readWallMs();
    let before = readSteadyMs();
    for (let i = 0; i < 1_000_000; i++) {
      const wallMs = readWallMs();
      const after = readSteadyMs();
      if (wallMs !== startMs)
        return after - before <= MAX_READING_MS ? wallMs - (before + after) / 2 : undefined;
      before = after;
    }
    return undefined;
  };

  const measure = (): void => {
    for (let i = 0; i < MAX_EDGES; i++) {
      const measured = offsetAtEdge();
      if (measured === undefined) continue;
      offsetMs = measured;
      return;
    }
    // Interrupted at each edge: keep what is known unless the clock was set meanwhile.
    const coarse = readWallMs() - readSteadyMs();
    if (Math.abs(coarse - offsetMs) > 2) offsetMs = coarse;
  };

  measure();
  return { measure, toMonotonicMs: (unixMs) => unixMs - offsetMs };
}
