import type { Sampling } from '../stepper.js';

/**
 * Draws one token from a row of logits. Every stepper implements this algorithm from these words.
 *
 * Input: float32 logits l[0..levels), all finite; `sampling`; a uniform number u in (0, 1).
 * All arithmetic below is float64. The order is that of the official code
 * (state-spaces/s4, generate.py): nucleus at temperature 1 first, temperature afterwards.
 *
 * 1. Greedy: if temperature is 0, the answer is the id of the largest logit, the lowest id on a tie.
 *    topK, topP and u play no part.
 * 2. m = max l. If topK or topP cuts, rank the ids by logit descending, ties by ascending id.
 * 3. topK: if 0 < topK < levels, only the first topK ranks stay.
 * 4. topP: if topP < 1, with e[i] = exp(l[i] - m) and S = the sum of e over the ids that stayed, added in
 *    ascending order of id: walk the ranks, c += e; the walk stops after the first rank at which c > topP * S.
 *    That rank is the last kept one. (So the token that crosses the bound is kept, and at least one is.)
 * 5. w[i] = exp((l[i] - m) / temperature) for every kept id, else 0.
 *    W = the sum of w over the kept ids, added in ascending order of id.
 * 6. Inverse CDF: over the kept ids in ascending order, c += w[i]; the answer is the first id at which
 *    c > u * W, or the last kept id if rounding leaves none.
 *
 * Of logits that are not all finite as much is promised as that nothing is heard of them: where m or W is no finite number,
 * the answer is levels / 2, which is silence, and the draw counts as faulty.
 */
export class TokenDraw {
  /** Of all draws, surprise and faults: in an array, since a number that grows in a field is boxed anew each time. */
  private readonly tally = new Float64Array(2);
  private readonly levels: number;
  /** w of step 5, by id. */
  private readonly weights: Float64Array;
  /** Binary heap of ids, best rank at the root. */
  private readonly heap: Uint16Array;
  private readonly kept: Uint8Array;

  /** `levels` is the length of a row of logits, at most 65,536. Allocates all scratch. */
  constructor(levels: number) {
    this.levels = levels;
    this.weights = new Float64Array(levels);
    this.heap = new Uint16Array(levels);
    this.kept = new Uint8Array(levels);
  }

  /** As `Voice.surprise`. */
  get surprise(): number {
    return this.tally[0]!;
  }

  /** As `Voice.faultyDraws`. */
  get faultyDraws(): number {
    return this.tally[1]!;
  }

  /** The id drawn, in [0, levels). Allocates nothing. */
  draw(logits: Float32Array, sampling: Sampling, u: number): number {
    const best = argmax(logits, this.levels);
    if (!Number.isFinite(logits[best])) {
      this.tally[1]!++;
      return this.levels >> 1;
    }
    if (sampling.temperature === 0) return best;
    const weights = this.weigh(logits, logits[best]!, sampling);
    let total = 0;
    for (let id = 0; id < this.levels; id++) total += weights[id]!;
    const id = find(weights, this.levels, u * total, best);
    const bits = Math.log2(total / weights[id]!);
    if (!Number.isFinite(bits)) {
      this.tally[1]!++;
      return this.levels >> 1;
    }
    this.tally[0]! += Math.round(256 * bits);
    return id;
  }

  /**
   * The distribution that `draw` draws from, normalised, into `out` (levels).
   * At temperature 0 it is 1 at the greedy token. For tests and displays.
   */
  probabilities(logits: Float32Array, sampling: Sampling, out: Float64Array): void {
    const best = argmax(logits, this.levels);
    if (sampling.temperature === 0) {
      out.fill(0, 0, this.levels);
      out[best] = 1;
      return;
    }
    const weights = this.weigh(logits, logits[best]!, sampling);
    let total = 0;
    for (let id = 0; id < this.levels; id++) total += weights[id]!;
    for (let id = 0; id < this.levels; id++) out[id] = weights[id]! / total;
  }

  /** Steps 2 to 5. Cut ids weigh exactly 0, so sums over all ids equal sums over the kept ones. */
  private weigh(logits: Float32Array, max: number, sampling: Sampling): Float64Array {
    const { levels, weights } = this;
    const cutsRanks = (sampling.topK > 0 && sampling.topK < levels) || sampling.topP < 1;
    if (cutsRanks) this.keepBest(logits, max, sampling);
    const { temperature } = sampling;
    for (let id = 0; id < levels; id++) {
      weights[id] = cutsRanks && this.kept[id] === 0 ? 0 : Math.exp((logits[id]! - max) / temperature);
    }
    return weights;
  }

  /** Steps 2 to 4: marks the kept ids. A heap gives the ranks one by one, without a full sort. */
  private keepBest(logits: Float32Array, max: number, sampling: Sampling): void {
    const { levels, heap, kept, weights } = this;
    for (let id = 0; id < levels; id++) {
      heap[id] = id;
      weights[id] = Math.exp(logits[id]! - max);
    }
    for (let i = (levels >> 1) - 1; i >= 0; i--) siftDown(heap, levels, i, logits);

    // Rank r is popped into heap[levels - 1 - r], the place that the shrinking heap has just left.
    const maxRanks = sampling.topK > 0 ? Math.min(sampling.topK, levels) : levels;
    let popped = 0;
    if (maxRanks < levels) {
      kept.fill(0);
      for (; popped < maxRanks; popped++) kept[popBest(heap, levels - popped, logits)] = 1;
    } else {
      kept.fill(1);
    }
    if (sampling.topP >= 1) return;

    let sum = 0;
    for (let id = 0; id < levels; id++) if (kept[id] === 1) sum += weights[id]!;
    const bound = sampling.topP * sum;
    kept.fill(0);
    let cumulative = 0;
    for (let rank = 0; rank < maxRanks && cumulative <= bound; rank++) {
      if (rank >= popped) popBest(heap, levels - rank, logits);
      const id = heap[levels - 1 - rank]!;
      kept[id] = 1;
      cumulative += weights[id]!;
    }
  }
}

/** The first id at which the cumulative weight rises above `target`; `best` or the last with a weight when none does. */
function find(weights: Float64Array, levels: number, target: number, best: number): number {
  let cumulative = 0;
  let last = best;
  for (let id = 0; id < levels; id++) {
    const weight = weights[id]!;
    if (weight === 0) continue;
    cumulative += weight;
    last = id;
    if (cumulative > target) return id;
  }
  return last;
}

/** Id of the largest value, the lowest id on a tie. */
export function argmax(logits: Float32Array, levels: number): number {
  let best = 0;
  let bestValue = logits[0]!;
  for (let id = 1; id < levels; id++) {
    const value = logits[id]!;
    if (value > bestValue) {
      bestValue = value;
      best = id;
    }
  }
  return best;
}

/** Moves the root of heap[0..size) to heap[size - 1] and returns it. */
function popBest(heap: Uint16Array, size: number, logits: Float32Array): number {
  const id = heap[0]!;
  heap[0] = heap[size - 1]!;
  heap[size - 1] = id;
  siftDown(heap, size - 1, 0, logits);
  return id;
}

/** Restores the heap order below `root` in heap[0..size): larger logit first, then lower id. */
function siftDown(heap: Uint16Array, size: number, root: number, logits: Float32Array): void {
  const moving = heap[root]!;
  const movingLogit = logits[moving]!;
  let hole = root;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    let childId = heap[child]!;
    let childLogit = logits[childId]!;
    if (child + 1 < size) {
      const otherId = heap[child + 1]!;
      const otherLogit = logits[otherId]!;
      if (otherLogit > childLogit || (otherLogit === childLogit && otherId < childId)) {
        child++;
        childId = otherId;
        childLogit = otherLogit;
      }
    }
    if (movingLogit > childLogit || (movingLogit === childLogit && moving < childId)) break;
    heap[hole] = childId;
    hole = child;
  }
  heap[hole] = moving;
}
