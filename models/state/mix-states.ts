import type { SnapshotLayout } from './snapshot-layout.js';

/** Tiers as bits: bit k is tier k. */
export type TierMask = number;

export const ALL_TIERS: TierMask = 0xffffffff;

/** Memory of one snapshot, seen as bytes and as numbers. */
export class StateMemory {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;

  constructor(snapshotBytes: number) {
    const buffer = new ArrayBuffer(Math.ceil(snapshotBytes / 8) * 8);
    this.bytes = new Uint8Array(buffer, 0, snapshotBytes);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }
}

/** How two states become one: `mixStates` says which is used live; the others are there to be measured against it. */
export type StateMixing = 'linear' | 'equal-power' | 'power-preserving';

/**
 * Writes the memory of `tiers` into the snapshot `into`, which keeps all else: that of `a` at position 0, of `b` at 1, and
 * what is between them between. Numbers are added in the shares 1 - position and position and then scaled, block by block, to
 * the power that lies as far between those of `a` and `b`: two states have little in common, so that their mean is
 * weaker than either. What is no number comes from the nearer one. models/native/stream/state_mix.h is its twin, to the
 * last bit. All three are snapshots of one layout, made when their voices were aligned. Allocates nothing.
 */
export function mixStates(
  layout: SnapshotLayout,
  a: StateMemory,
  b: StateMemory,
  position: number,
  tiers: TierMask,
  into: StateMemory,
  mixing: StateMixing = 'power-preserving',
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
      mixNumbers(a.floats, b.floats, into.floats, offset / 4, (offset + length) / 4, position, mixing);
    } else {
      mixNumbers(a.doubles, b.doubles, into.doubles, offset / 8, (offset + length) / 8, position, mixing);
    }
  }
}

type Numbers = Float32Array | Float64Array;

function mixNumbers(
  a: Numbers,
  b: Numbers,
  into: Numbers,
  from: number,
  to: number,
  position: number,
  mixing: StateMixing,
): void {
  let shareA = 1 - position;
  let shareB = position;
  if (mixing === 'equal-power') {
    shareA = Math.sqrt(shareA);
    shareB = Math.sqrt(shareB);
  } else if (mixing === 'power-preserving') {
    let power = 0;
    let mixed = 0;
    for (let k = from; k < to; k++) {
      const x = a[k]!;
      const y = b[k]!;
      const sum = shareA * x + shareB * y;
      power += shareA * (x * x) + shareB * (y * y);
      mixed += sum * sum;
    }
    const gain = mixed > 0 ? Math.sqrt(power / mixed) : 1;
    shareA *= gain;
    shareB *= gain;
  }
  for (let k = from; k < to; k++) into[k] = shareA * a[k]! + shareB * b[k]!;
}
