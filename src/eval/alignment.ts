/** Where the frames of one sound are in another: dynamic time warping (Sakoe and Chiba, 1978) in a narrow band. */

/** Pairs of frames from both beginnings to both ends, each no earlier than the one before. */
export interface Alignment {
  readonly pairs: readonly (readonly [number, number])[];
}

const DIAGONAL = 0;
const FIRST_ONLY = 1;
const SECOND_ONLY = 2;

/**
 * The cheapest path from (0, 0) to the last frames: each pair costs its distance, and leads to the next of both or of one of
 * the two. A pair has frames at most `band` apart, but where the sounds differ more in length.
 */
export function align(
  numFirst: number,
  numSecond: number,
  distance: (first: number, second: number) => number,
  band: number,
): Alignment {
  const reach = band + Math.abs(numFirst - numSecond);
  const width = 2 * reach + 1;
  const cost = new Float64Array(numFirst * width).fill(Number.POSITIVE_INFINITY);
  const step = new Uint8Array(numFirst * width);
  const at = (i: number, j: number): number => i * width + j - i + reach;
  const costAt = (i: number, j: number): number =>
    i < 0 || j < 0 || Math.abs(j - i) > reach ? Number.POSITIVE_INFINITY : cost[at(i, j)]!;
  for (let i = 0; i < numFirst; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(numSecond - 1, i + reach); j++) {
      const before = [costAt(i - 1, j - 1), costAt(i - 1, j), costAt(i, j - 1)];
      const best = i === 0 && j === 0 ? 0 : Math.min(...before);
      step[at(i, j)] = before.indexOf(best);
      cost[at(i, j)] = best + distance(i, j);
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [numFirst - 1, numSecond - 1];
  while (i >= 0 && j >= 0) {
    pairs.push([i, j]);
    const taken = i === 0 && j === 0 ? DIAGONAL : step[at(i, j)]!;
    if (taken !== SECOND_ONLY) i--;
    if (taken !== FIRST_ONLY) j--;
  }
  return { pairs: pairs.reverse() };
}

/** For each frame of the first sound its place in the second: the mean of those that it is paired with. */
export function placesOf({ pairs }: Alignment): Float64Array {
  const numFirst = pairs.at(-1)![0] + 1;
  const sums = new Float64Array(numFirst);
  const counts = new Float64Array(numFirst);
  for (const [i, j] of pairs) {
    sums[i] = sums[i]! + j;
    counts[i] = counts[i]! + 1;
  }
  return sums.map((sum, i) => sum / counts[i]!);
}
