import { CONDITIONING_PREFIX, tierWidth } from '../bundle/layout.js';
import type { BundleManifest, ConditioningInput } from '../bundle/types.js';
import { checkConditioning, hopFrames } from '../conditioning/block-rows.js';
import type { Conditioning } from '../stepper.js';
import type { TensorSource } from './blocks.js';
import { addInPlace, Linear } from './layers.js';

/** Weights of one input, by tier. */
interface InputWeights {
  readonly hop: number;
  readonly dim: number;
  readonly tiers: readonly { readonly weight: Linear; readonly dropped: Float64Array }[];
}

/** The conditioning weights of a model, shared by all voices. */
export class ConditioningWeights {
  readonly inputs: readonly ConditioningInput[];
  readonly sampleRate: number;
  /** @internal */
  readonly weights: readonly InputWeights[];
  /** @internal By tier. */
  readonly widths: readonly number[];

  constructor({ architecture, conditioning, sampleRate }: BundleManifest, tensor: TensorSource) {
    this.inputs = conditioning;
    this.sampleRate = sampleRate;
    this.widths = Array.from({ length: architecture.pool.length + 1 }, (_, k) => tierWidth(architecture, k));
    this.weights = conditioning.map((input) => ({
      hop: hopFrames(input, sampleRate),
      dim: input.dim,
      tiers: this.widths.map((width, k) => {
        const prefix = `${CONDITIONING_PREFIX}${input.name}.${k}`;
        const noBias = { shape: [width], data: new Float32Array(width) };
        return {
          weight: new Linear(tensor(`${prefix}.weight`), noBias),
          dropped: Float64Array.from(tensor(`${prefix}.dropped`).data),
        };
      }),
    }));
  }
}

/** What one voice keeps of one input while a block runs. */
interface InputRun {
  /** (dim): the frame at hand. */
  readonly frame: Float64Array;
  /** By tier, (width): the last frame that met it, projected. */
  readonly projected: readonly Float64Array[];
  /** By tier: row of the block that `projected` is of, -1 for none. */
  readonly projectedRow: Int32Array;
  /** Samples of the first row that lie before the block. */
  phase: number;
}

/**
 * Adds the conditioning of a block to the inputs of the tiers. A frame is projected when a tier first meets it in a
 * block, so a voice without state of it: what is kept between the steps of a block is gone after it.
 */
export class ConditioningRun {
  private readonly model: ConditioningWeights;
  private readonly runs: readonly InputRun[];
  private rows: Conditioning | undefined;
  /** Of the block: an index, since a frame's number is too large not to be boxed. */
  private sample = 0;

  constructor(model: ConditioningWeights) {
    this.model = model;
    this.runs = model.inputs.map(({ dim }) => ({
      frame: new Float64Array(dim),
      projected: model.widths.map((width) => new Float64Array(width)),
      projectedRow: new Int32Array(model.widths.length),
      phase: 0,
    }));
  }

  /** For the samples [frame, frame + numFrames). Borrows `rows` until the next call. Throws MODEL_ARGUMENT. */
  begin(rows: Conditioning | undefined, frame: number, numFrames: number): void {
    checkConditioning(this.model.inputs, this.model.sampleRate, rows, frame, numFrames);
    this.rows = rows;
    for (let i = 0; i < this.runs.length; i++) {
      const run = this.runs[i]!;
      run.projectedRow.fill(-1);
      run.phase = frame % this.model.weights[i]!.hop;
    }
  }

  /** The sample of the block that is stepped next, from 0 on. */
  seek(sample: number): void {
    this.sample = sample;
  }

  /** `stream` (width of tier `k`) in place. */
  add(k: number, stream: Float64Array): void {
    const { runs, model } = this;
    for (let i = 0; i < runs.length; i++) {
      const rows = this.rows?.[i];
      const { dropped } = model.weights[i]!.tiers[k]!;
      addInPlace(stream, rows === undefined ? dropped : this.project(i, k, rows), dropped.length);
    }
  }

  private project(input: number, k: number, rows: Float32Array): Float64Array {
    const { frame, projected, projectedRow, phase } = this.runs[input]!;
    const { hop, dim, tiers } = this.model.weights[input]!;
    const row = Math.floor((phase + this.sample) / hop);
    const out = projected[k]!;
    if (projectedRow[k] === row) return out;
    for (let j = 0; j < dim; j++) frame[j] = rows[row * dim + j]!;
    tiers[k]!.weight.apply(frame, out);
    projectedRow[k] = row;
    return out;
  }
}
