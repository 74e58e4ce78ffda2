import { ALL_TIERS, mixStates, type SnapshotLayout, type StateMemory } from '../../../models/index.js';

/**
 * Ways to make one state of two. `linear` is what streams do; the others are here to be measured against it: `equal-power`
 * adds in the shares sqrt(1 - p) and sqrt(p); `power-preserving` scales the linear sum, block by block, to the power that lies as far
 * between those of both; `logits` mixes no state but the predictions of two models that go on side by side.
 */
export const STATE_MIXINGS = ['linear', 'equal-power', 'power-preserving', 'logits'] as const;
export type StateMixing = (typeof STATE_MIXINGS)[number];

/** As mixStates, all tiers, in one of the ways that mix states. */
export function mixStatesAs(
  mixing: Exclude<StateMixing, 'logits'>,
  layout: SnapshotLayout,
  a: StateMemory,
  b: StateMemory,
  position: number,
  into: StateMemory,
): void {
  mixStates(layout, a, b, position, ALL_TIERS, into);
  if (mixing === 'linear' || position === 0 || position === 1) return;
  for (const { kind, offset, length } of layout.ranges) {
    if (kind === 'bytes') continue;
    const size = kind === 'float32' ? 4 : 8;
    const [from, to] = [offset / size, (offset + length) / size];
    const [x, y, z] = [a, b, into].map(({ floats, doubles }) =>
      (kind === 'float32' ? floats : doubles).subarray(from, to),
    ) as [Numbers, Numbers, Numbers];
    if (mixing === 'equal-power') addInShares(x, y, z, Math.sqrt(1 - position), Math.sqrt(position));
    else scaleToPower(z, (1 - position) * powerOf(x) + position * powerOf(y));
  }
}

type Numbers = Float32Array | Float64Array;

function addInShares(x: Numbers, y: Numbers, into: Numbers, shareX: number, shareY: number): void {
  for (let k = 0; k < into.length; k++) into[k] = shareX * x[k]! + shareY * y[k]!;
}

function scaleToPower(values: Numbers, power: number): void {
  const own = powerOf(values);
  const gain = own > 0 ? Math.sqrt(power / own) : 1;
  for (let k = 0; k < values.length; k++) values[k]! *= gain;
}

function powerOf(values: Numbers): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]! * values[k]!;
  return sum;
}
