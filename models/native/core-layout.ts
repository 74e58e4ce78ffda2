import type { SnapshotLayout, SnapshotRange } from '../state/snapshot-layout.js';

/** Place of the seed in the head of a voice's block: VoiceHeader of core/voice_state.h. */
const SEED_OFFSET = 20;

/** The layout of a snapshot of the C++ core, native and wasm, from four numbers of each range: core/snapshot_range.h. */
export function coreLayout(numbers: ArrayLike<number>): SnapshotLayout {
  const ranges: SnapshotRange[] = [];
  for (let i = 0; i + 3 < numbers.length; i += 4) {
    const kind = numbers[i + 3] === 0 ? 'bytes' : 'float32';
    ranges.push({ tier: numbers[i]!, offset: numbers[i + 1]!, length: numbers[i + 2]!, kind });
  }
  const numTiers = 1 + Math.max(...ranges.map(({ tier }) => tier));
  return { numTiers, ranges, seed: { offset: SEED_OFFSET, type: 'uint32' } };
}
