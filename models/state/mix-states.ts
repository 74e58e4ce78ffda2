import type { SnapshotLayout } from './snapshot-layout.js';

/** Tiers as bits: bit k is tier k. */
export type TierMask = number;

export const ALL_TIERS: TierMask = 0xffffffff;

/** What the memory of one snapshot takes. */
export function stateMemoryBytes(snapshotBytes: number): number {
  return Math.ceil(snapshotBytes / 8) * 8;
}

/** Memory of one snapshot, seen as bytes and as numbers. */
export class StateMemory {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;

  /** In memory of its own, or `offset` bytes, a multiple of 8, into `buffer`, which has `stateMemoryBytes` from there on. */
  constructor(snapshotBytes: number, buffer?: ArrayBufferLike, offset = 0) {
    const length = stateMemoryBytes(snapshotBytes);
    const memory = buffer ?? new ArrayBuffer(length);
    this.bytes = new Uint8Array(memory, offset, snapshotBytes);
    this.floats = new Float32Array(memory, offset, length / 4);
    this.doubles = new Float64Array(memory, offset, length / 8);
  }
}

/**
 * Writes the memory of `tiers` into the snapshot `into`, which keeps all else: that of `a` at position 0, of `b` at 1, and
 * between them the sum of both in the shares 1 - position and position. docs/state.md says what was measured to choose that. What
 * is no number comes from the nearer one. models/native/stream/state_mix.h is its twin, to the last bit. All three are
 * snapshots of one layout, made when their voices were aligned. Allocates nothing.
 */
export function mixStates(
  layout: SnapshotLayout,
  a: StateMemory,
  b: StateMemory,
  position: number,
  tiers: TierMask,
  into: StateMemory,
): void {
  const nearer = position < 0.5 ? a : b;
  const isCopy = position <= 0 || position >= 1 || a === b;
  const { ranges } = layout;
  for (let i = 0; i < ranges.length; i++) {
    const { tier, offset, length, kind } = ranges[i]!;
    if (((tiers >>> tier) & 1) === 0) continue;
    if (isCopy || kind === 'bytes') {
      for (let k = offset; k < offset + length; k++) into.bytes[k] = nearer.bytes[k]!;
    } else if (kind === 'float32') {
      mixNumbers(a.floats, b.floats, into.floats, offset / 4, (offset + length) / 4, position);
    } else {
      mixNumbers(a.doubles, b.doubles, into.doubles, offset / 8, (offset + length) / 8, position);
    }
  }
}

function mixNumbers<Numbers extends Float32Array | Float64Array>(
  a: Numbers,
  b: Numbers,
  into: Numbers,
  from: number,
  to: number,
  position: number,
): void {
  for (let k = from; k < to; k++) into[k] = (1 - position) * a[k]! + position * b[k]!;
}
