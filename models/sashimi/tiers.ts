import { tierWidth } from '../bundle/layout.js';
import type { SashimiArchitecture } from '../bundle/types.js';
import type { SnapshotRange } from '../state/snapshot-layout.js';
import {
  type BlockPair,
  BlockScratch,
  blockPairs,
  downBlockPairs,
  linear,
  type TensorSource,
} from './blocks.js';
import type { ConditioningRun } from './conditioning.js';
import { addInPlace, type Linear } from './layers.js';

/**
 * The tier schedule of the recurrent form (SaShiMi paper, section 4.2; state-spaces/s4, models/sashimi).
 * Tier k + 1 runs once per `pool[k]` frames of tier k: down-pooling gathers a window of frames, and when
 * it is full the deeper tier steps; up-pooling answers with one window of frames, played out afterwards.
 * What is played out starts as zeros: the causal shift by one frame of the deeper tier.
 *
 * Without `unet` a tier has blocks on the way up alone, and their input is added to their output. With `unet` it
 * has blocks on the way down too, and each layer on the way up (the up-pool, then every block) is followed by the
 * sum with the input of its mirror image on the way down: last in, first out.
 *
 * Conditioning is added to what a tier is given, before anything else of that tier.
 */

/** Weights of one tier, shared by all voices. `down` and `up` lead to the next deeper tier; the deepest has none. */
interface Tier {
  readonly width: number;
  /** Frames of this tier per frame of the next deeper one. */
  readonly pool: number;
  readonly pairs: readonly BlockPair[];
  /** Before the down-pool: none without `unet`, none in the deepest tier. */
  readonly downPairs: readonly BlockPair[];
  readonly link: { readonly down: Linear; readonly up: Linear } | undefined;
}

/** One stream's state of one tier. The arrays under `state` are views of the voice's one state array. */
interface TierState {
  readonly pairs: readonly Float64Array[];
  readonly downPairs: readonly Float64Array[];
  /** (width, pool): input gathered since the deeper tier last ran. */
  readonly window: Float64Array;
  /** (width, pool): what the deeper tier said last, played out while the window fills. */
  readonly queue: Float64Array;
  /** One value: frames in the window, 0 to pool - 1. */
  readonly phase: Float64Array;
  /**
   * Scratch, not state, of one frame: the inputs (width each) of the blocks on the way down, in order.
   * Of a tier without such blocks: the input of its blocks on the way up.
   */
  readonly skips: readonly Float64Array[];
  /** Scratch: the stream of the deeper tier. */
  readonly deeper: Float64Array;
}

export class TierStack {
  /** Float64 values of one stream's state, all tiers together. */
  readonly stateLength: number;
  private readonly architecture: SashimiArchitecture;
  private readonly tiers: readonly Tier[];

  constructor(architecture: SashimiArchitecture, tensor: TensorSource) {
    this.architecture = architecture;
    this.tiers = Array.from({ length: architecture.pool.length + 1 }, (_, k): Tier => {
      const width = tierWidth(architecture, k);
      const isDeepest = k === architecture.pool.length;
      return {
        width,
        pool: isDeepest ? 1 : architecture.pool[k]!,
        pairs: blockPairs(architecture, k, width, tensor),
        downPairs: downBlockPairs(architecture, k, width, tensor),
        link: isDeepest
          ? undefined
          : { down: linear(`pool.down.${k}`, tensor), up: linear(`pool.up.${k}`, tensor) },
      };
    });
    this.stateLength = this.tiers.reduce((sum, tier) => sum + tierStateLength(tier), 0);
  }

  /**
   * Which stretches of the state array, which lies `offset` bytes into a snapshot, belong to which tier. The windows are
   * none: where the tiers are aligned they are empty, and the phases 0.
   */
  ranges(offset: number): SnapshotRange[] {
    const ranges: SnapshotRange[] = [];
    let at = offset;
    const take = (tier: number, values: number, isKept: boolean): void => {
      const length = values * Float64Array.BYTES_PER_ELEMENT;
      if (isKept && length > 0) ranges.push({ tier, offset: at, length, kind: 'float64' });
      at += length;
    };
    for (const [k, tier] of this.tiers.entries()) {
      const exchanged = tier.link ? tier.width * tier.pool : 0;
      for (const pair of [...tier.pairs, ...tier.downPairs]) take(k, pair.stateLength, true);
      take(k, exchanged, false);
      take(k + 1, exchanged, true);
      take(k, 1, false);
    }
    return ranges;
  }

  get numTiers(): number {
    return this.tiers.length;
  }

  /**
   * A runner over `state` (stateLength), which the caller owns and may copy or overwrite between steps. Of a model
   * with conditioning, the caller keeps `conditioning` at the sample that is stepped.
   */
  createRun(state: Float64Array, conditioning?: ConditioningRun): TierRun {
    return new TierRun(this.tiers, this.architecture, state, conditioning);
  }
}

/** Steps one stream. Its memory is the `state` array given at creation, plus scratch. */
export class TierRun {
  private readonly tiers: readonly Tier[];
  private readonly states: readonly TierState[];
  private readonly scratch: BlockScratch;
  private readonly conditioning: ConditioningRun | undefined;

  constructor(
    tiers: readonly Tier[],
    architecture: SashimiArchitecture,
    state: Float64Array,
    conditioning: ConditioningRun | undefined,
  ) {
    this.tiers = tiers;
    this.conditioning = conditioning;
    this.scratch = new BlockScratch(architecture, tiers.at(-1)!.width);
    let at = 0;
    const take = (length: number): Float64Array => {
      at += length;
      return state.subarray(at - length, at);
    };
    this.states = tiers.map((tier, k) => ({
      pairs: tier.pairs.map((pair) => take(pair.stateLength)),
      downPairs: tier.downPairs.map((pair) => take(pair.stateLength)),
      window: take(tier.link ? tier.width * tier.pool : 0),
      queue: take(tier.link ? tier.width * tier.pool : 0),
      phase: take(1),
      skips: Array.from(
        { length: Math.max(1, 2 * tier.downPairs.length) },
        () => new Float64Array(tier.width),
      ),
      deeper: new Float64Array(tiers[k + 1]?.width ?? 0),
    }));
  }

  /** Nothing is gathered in any window. */
  isAligned(): boolean {
    for (let k = 0; k < this.states.length; k++) if (this.states[k]!.phase[0] !== 0) return false;
    return true;
  }

  /** One frame: `stream` (dModel) in place. */
  step(stream: Float64Array): void {
    this.stepTier(0, stream);
  }

  /** One frame of tier k, and of the deeper tiers when they are due. */
  private stepTier(k: number, stream: Float64Array): void {
    const tier = this.tiers[k]!;
    const state = this.states[k]!;
    const hasDownPairs = tier.downPairs.length > 0;
    this.conditioning?.add(k, stream);
    if (hasDownPairs) this.stepDownPairs(tier, state, stream);
    if (tier.link) this.exchange(k, stream, tier.link);
    if (hasDownPairs) this.stepMirroredPairs(tier, state, stream);
    else this.stepPairs(tier, state, stream);
  }

  /** The pairs on the way up, and around them the residual of the tier. */
  private stepPairs({ pairs, width }: Tier, state: TierState, stream: Float64Array): void {
    const skip = state.skips[0]!;
    skip.set(stream);
    for (let i = 0; i < pairs.length; i++) pairs[i]!.step(stream, state.pairs[i]!, this.scratch);
    addInPlace(stream, skip, width);
  }

  /** The pairs on the way down; the input of each block stays in `skips`. */
  private stepDownPairs({ downPairs }: Tier, state: TierState, stream: Float64Array): void {
    const { skips } = state;
    for (let i = 0; i < downPairs.length; i++) {
      skips[2 * i]!.set(stream);
      downPairs[i]!.stepSsm(stream, state.downPairs[i]!, this.scratch);
      skips[2 * i + 1]!.set(stream);
      downPairs[i]!.stepFeedForward(stream, this.scratch);
    }
  }

  /** The pairs on the way up of a unet: after each block the input of its mirror image, from the last to the first. */
  private stepMirroredPairs({ pairs, width }: Tier, state: TierState, stream: Float64Array): void {
    const { skips } = state;
    let mirror = skips.length;
    for (let i = 0; i < pairs.length; i++) {
      pairs[i]!.stepSsm(stream, state.pairs[i]!, this.scratch);
      addInPlace(stream, skips[--mirror]!, width);
      pairs[i]!.stepFeedForward(stream, this.scratch);
      addInPlace(stream, skips[--mirror]!, width);
    }
  }

  /**
   * Puts `stream` into the window and adds the queued answer of the deeper tier to it: what the up-pool says,
   * plus the input of its mirror image, the down-pool.
   * A full window makes the deeper tier step; its answer is queued for the frames that follow.
   */
  private exchange(
    k: number,
    stream: Float64Array,
    link: { readonly down: Linear; readonly up: Linear },
  ): void {
    const { width, pool } = this.tiers[k]!;
    const { window, queue, phase, deeper } = this.states[k]!;
    const slot = phase[0]!;
    for (let h = 0; h < width; h++) {
      const at = h * pool + slot;
      window[at] = stream[h]!;
      stream[h] = stream[h]! + queue[at]!;
    }
    if (slot + 1 < pool) {
      phase[0] = slot + 1;
      return;
    }
    phase[0] = 0;
    link.down.apply(window, deeper);
    this.stepTier(k + 1, deeper);
    link.up.apply(deeper, queue);
  }
}

function tierStateLength(tier: Tier): number {
  const blocks = [...tier.pairs, ...tier.downPairs].reduce((sum, pair) => sum + pair.stateLength, 0);
  return blocks + (tier.link ? 2 * tier.width * tier.pool : 0) + 1;
}
