/** One stretch of a snapshot that belongs to the memory of one tier. */
export interface SnapshotRange {
  /** 0 is the fastest, which makes the samples; the answer that a tier has left for the one above belongs to the deeper. */
  readonly tier: number;
  /** Bytes from the start of the snapshot, and how many. */
  readonly offset: number;
  readonly length: number;
  /**
   * Numbers, of one block of one layer, little-endian and aligned to their size within the snapshot: here two snapshots can be
   * mixed. `bytes` are taken over as they are.
   */
  readonly kind: 'float32' | 'float64' | 'bytes';
}

/**
 * Where a snapshot keeps what, so that the memory of single tiers can be exchanged or mixed between snapshots of voices of
 * one bundle and stepper. Holds for snapshots that were all made when `Voice.isAligned`. What no range covers is the
 * time and the seed of a voice, or dead at such moments.
 */
export interface SnapshotLayout {
  readonly numTiers: number;
  readonly ranges: readonly SnapshotRange[];
  /** The uint32 that keys the draws: its offset in bytes, and how it is written. */
  readonly seed: { readonly offset: number; readonly type: 'uint32' | 'float64' };
}

/** The same behind `shift` bytes that come first. */
export function shiftedRanges({ ranges }: SnapshotLayout, shift: number): SnapshotRange[] {
  return ranges.map((range) => ({ ...range, offset: range.offset + shift }));
}
