/**
 * Where conditioning frames fall. Frame k of a port with `rateHz` falls at engine time k * sampleRate / rateHz,
 * so which frames are inside a tick depends on the time line only, never on how it is cut into ticks.
 */
import type { Tick } from './node.js';

/** Index of the first conditioning frame at or after engine frame `frame`. */
export function condFrameAt(frame: number, rateHz: number, sampleRate: number): number {
  return Math.ceil((frame * rateHz) / sampleRate);
}

/** How many conditioning frames fall inside the tick: 0 is usual when the tick is short. */
export function condFramesIn(tick: Tick, rateHz: number, sampleRate: number): number {
  const first = condFrameAt(tick.startFrame, rateHz, sampleRate);
  return condFrameAt(tick.startFrame + tick.numFrames, rateHz, sampleRate) - first;
}

/** The most that can fall inside any tick: what to allocate for. */
export function maxCondFrames(maxBlockFrames: number, rateHz: number, sampleRate: number): number {
  return Math.ceil((maxBlockFrames * rateHz) / sampleRate) + 1;
}
