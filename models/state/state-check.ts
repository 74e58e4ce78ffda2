import type { StateMemory } from './mix-states.js';
import type { SnapshotLayout } from './snapshot-layout.js';
import { NUM_STATE_SLOTS, type StateCommand } from './state-command.js';

/** Whether all numbers of a snapshot are finite. Of its other bytes nothing is known. */
export function isFiniteState(layout: SnapshotLayout, state: StateMemory): boolean {
  return layout.ranges.every(({ offset, length, kind }) => {
    if (kind === 'float32') return areFinite(state.floats, offset / 4, (offset + length) / 4);
    return kind !== 'float64' || areFinite(state.doubles, offset / 8, (offset + length) / 8);
  });
}

function areFinite(values: Float32Array | Float64Array, from: number, to: number): boolean {
  for (let k = from; k < to; k++) if (!Number.isFinite(values[k]!)) return false;
  return true;
}

export function isSlot(slot: number, numSlots: number): boolean {
  return Number.isInteger(slot) && slot >= 0 && slot < numSlots;
}

const MOST_FRAMES = 1e9;

/** Whether a stream can take it: slots that there are, counts of frames, a position of 0 to 1. */
export function isStateCommand({ a, b, position, fadeFrames, frames }: StateCommand): boolean {
  const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST_FRAMES;
  return (
    isSlot(a, NUM_STATE_SLOTS) &&
    isSlot(b, NUM_STATE_SLOTS) &&
    position >= 0 &&
    position <= 1 &&
    isCount(fadeFrames) &&
    isCount(frames)
  );
}
