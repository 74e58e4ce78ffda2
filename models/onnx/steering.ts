import { tierWidth } from '../bundle/layout.js';
import type { Bundle, SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { ConditioningRun, ConditioningWeights } from '../sashimi/conditioning.js';
import type { Conditioning } from '../stepper.js';
import { framesPerStep, numTiers } from './graph/state-layout.js';

/** Where the rows of a tier lie in memory for `maxRows` frames of a model, tier after tier. */
export interface TierRowsAt {
  /** Frames of tier 0 per row. */
  readonly span: number;
  readonly width: number;
  readonly start: number;
}

/** The layout of `cond.{k}` for all tiers; empty for a model without conditioning. `maxRows` is a whole number of periods. */
export function steeringLayout({ manifest }: Bundle, maxRows: number): TierRowsAt[] {
  if (manifest.conditioning.length === 0) return [];
  let start = 0;
  return Array.from({ length: numTiers(manifest.architecture) }, (_, k) => {
    const tier = tierRowsAt(manifest.architecture, k, start);
    start += (maxRows / tier.span) * tier.width;
    return tier;
  });
}

function tierRowsAt(architecture: SashimiArchitecture, k: number, start: number): TierRowsAt {
  return { span: framesPerStep(architecture, k), width: tierWidth(architecture, k), start };
}

/** Values of all rows of a layout. */
export function steeringLength(layout: readonly TierRowsAt[], maxRows: number): number {
  return layout.reduce((sum, { span, width }) => sum + (maxRows / span) * width, 0);
}

/**
 * What is added to the frames of a voice since its state, as the graphs take it: projected here, in float64, where the
 * size of a run cannot change a bit of it. Allocates nothing after creation.
 */
export class Steering {
  readonly layout: readonly TierRowsAt[];
  private readonly run: ConditioningRun;
  private readonly sums: readonly Float64Array[];
  /** First and last sample of the block at hand: beyond it, its conditioning is taken to hold. */
  private first = 0;
  private last = 0;

  /** `rows` is the caller's memory of `layout`. Throws MODEL_TENSOR_MISSING. */
  constructor(
    bundle: Bundle,
    layout: readonly TierRowsAt[],
    private readonly rows: Float32Array,
  ) {
    const tensor = (name: string): Tensor => {
      const found = bundle.tensors.get(name);
      if (found === undefined)
        throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
      return found;
    };
    this.layout = layout;
    this.run = new ConditioningRun(new ConditioningWeights(bundle.manifest, tensor));
    this.sums = layout.map(({ width }) => new Float64Array(width));
  }

  /** For the samples [frame, frame + numFrames). Borrows `conditioning` until the next call. Throws MODEL_ARGUMENT. */
  begin(conditioning: Conditioning | undefined, frame: number, numFrames: number): void {
    this.run.begin(conditioning, frame, numFrames);
    this.first = frame;
    this.last = frame + numFrames - 1;
  }

  /** Makes row `row` that of sample `frame`; whether it was already. */
  set(row: number, frame: number): boolean {
    let isSame = true;
    this.run.seek(Math.min(frame, this.last) - this.first);
    for (let k = 0; k < this.layout.length; k++) {
      const { span, width, start } = this.layout[k]!;
      if ((row + 1) % span !== 0) continue;
      const sum = this.sums[k]!.fill(0);
      this.run.add(k, sum);
      const at = start + ((row + 1) / span - 1) * width;
      for (let h = 0; h < width; h++) {
        const value = Math.fround(sum[h]!);
        if (this.rows[at + h] === value) continue;
        this.rows[at + h] = value;
        isSame = false;
      }
    }
    return isSame;
  }

  /** Drops the first `count` rows, whole periods: of those up to `end`, the others move there. */
  shift(count: number, end: number): void {
    for (let k = 0; k < this.layout.length; k++) {
      const { span, width, start } = this.layout[k]!;
      const from = start + (count / span) * width;
      this.rows.copyWithin(start, from, start + Math.max(count / span, Math.floor(end / span)) * width);
    }
  }
}
