import type { ConditioningInput } from '../bundle/types.js';
import type { Conditioning } from '../stepper.js';
import { checkConditioning, hopFrames } from './block-rows.js';

/** The conditioning of a block sample by sample, each as a block of its own. Allocates nothing after creation. */
export class SampleRows {
  private readonly hops: Float64Array;
  private readonly rows: readonly Float32Array[];
  /** By input: the row of the block that lies in `rows`, -1 for none. */
  private readonly rowAt: Int32Array;
  private readonly entries: (Float32Array | undefined)[];
  private block: Conditioning | undefined;
  private blockFrame = 0;

  constructor(
    private readonly inputs: readonly ConditioningInput[],
    private readonly sampleRate: number,
  ) {
    this.hops = Float64Array.from(inputs, (input) => hopFrames(input, sampleRate));
    this.rows = inputs.map(({ dim }) => new Float32Array(dim));
    this.rowAt = new Int32Array(inputs.length);
    this.entries = inputs.map(() => undefined);
  }

  /** For the samples [frame, frame + numFrames). Borrows `block` until the next call. Throws MODEL_ARGUMENT. */
  begin(block: Conditioning | undefined, frame: number, numFrames: number): void {
    checkConditioning(this.inputs, this.sampleRate, block, frame, numFrames);
    this.block = block;
    this.blockFrame = frame;
    this.rowAt.fill(-1);
  }

  /** Of one sample of the block; borrowed until the next call. */
  at(frame: number): Conditioning | undefined {
    const { block, hops, rows, rowAt, entries } = this;
    if (block === undefined) return undefined;
    for (let i = 0; i < entries.length; i++) {
      const hop = hops[i]!;
      const row = Math.floor(frame / hop) - Math.floor(this.blockFrame / hop);
      if (rowAt[i] === row) continue;
      rowAt[i] = row;
      const from = block[i];
      const into = rows[i]!;
      entries[i] = from && into;
      if (from) for (let j = 0; j < into.length; j++) into[j] = from[row * into.length + j]!;
    }
    return entries;
  }
}
