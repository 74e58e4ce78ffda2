/** At which engine frame a bundle's time tag falls, and what to do when it falls nowhere good. */
import type { Told } from '../control/coerce.js';
import type { OscErrorCode } from '../control/errors.js';
import type { ClockReader, ClockReading } from './clock-page.js';
import { monotonicMs } from './monotonic.js';
import { timeTagToUnixMs } from './time-tag.js';
import type { WallClock } from './wall-clock.js';
import { isImmediate, type TimeTag } from './wire.js';

/** Bundles further ahead than this are refused: more likely a wrong clock than a plan. */
export const MAX_AHEAD_MS = 3_600_000;

export type FrameStamp =
  /** `frame` 0: at the next tick. `delayMs`: from now until then, 0 or more. */
  | { readonly ok: true; readonly frame: number; readonly delayMs: number; readonly warning?: Told }
  | { readonly ok: false; readonly refusal: Told };

export interface FrameClock {
  stamp(tag: TimeTag): FrameStamp;
}

const AT_ONCE: FrameStamp = { ok: true, frame: 0, delayMs: 0 };

export function createFrameClock(
  reader: ClockReader,
  wallClock: WallClock,
  nowMs: () => number = monotonicMs,
): FrameClock {
  const reading: ClockReading = { frame: 0, timeMs: 0, framesPerMs: 0, publications: 0 };
  return {
    stamp(tag) {
      if (isImmediate(tag)) return AT_ONCE;
      const dueMs = wallClock.toMonotonicMs(timeTagToUnixMs(tag));
      const delayMs = dueMs - nowMs();
      if (delayMs > MAX_AHEAD_MS)
        return refusal(
          'OSC_TOO_FAR_AHEAD',
          `The bundle is ${seconds(delayMs)} ahead, the limit is ${seconds(MAX_AHEAD_MS)}.`,
        );
      if (delayMs < 0)
        return atOnce('OSC_LATE', `The bundle came ${(-delayMs).toFixed(1)} ms late; applied at once.`);
      if (!reader.read(reading))
        return atOnce('OSC_NO_CLOCK', 'The audio clock does not run yet; applied at once.');
      const frame = reading.frame + (dueMs - reading.timeMs) * reading.framesPerMs;
      return { ok: true, frame: Math.max(1, Math.round(frame)), delayMs };
    },
  };
}

function refusal(code: OscErrorCode, message: string): FrameStamp {
  return { ok: false, refusal: { code, message } };
}

function atOnce(code: OscErrorCode, message: string): FrameStamp {
  return { ok: true, frame: 0, delayMs: 0, warning: { code, message } };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
