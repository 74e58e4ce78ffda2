import type { ConditioningInput } from '../../models/index.js';

/** Samples of the model per row: both kinds of ports that make rows are for models in which 250 rows take a second. */
export const ROW_RATE_HZ = 250;
/** Numbers in a row of the port `classes`. */
export const MAX_CLASSES = 16;

/** An input of a model that rows at 250 Hz feed. */
export interface RowFeed {
  /** Number of the input. */
  readonly input: number;
  /** Frames of the input per row, and values per frame. */
  readonly framesPerRow: number;
  readonly dim: number;
  /**
   * Writes the frames of row `index` of the stream, whose numbers are `row`, to `into[at..)`. Rows come in order, but for
   * steps back to one of the last `capacity` ones. On the audio path; allocates nothing.
   */
  write(index: number, row: Float32Array, into: Float32Array, at: number): void;
  /** The stream begins anew. */
  restart(): void;
}

/** Whether the port `classes` can feed it. */
export function isFedByClasses({ kind, dim, rateHz }: ConditioningInput): boolean {
  return kind === 'class-weights' && rateHz === ROW_RATE_HZ && dim <= MAX_CLASSES;
}

/** What the port `classes` feeds of a model. */
export function classFeeds(conditioning: readonly ConditioningInput[]): RowFeed[] {
  return conditioning.flatMap((spec, input) => (isFedByClasses(spec) ? [plainFeed(input, spec.dim)] : []));
}

/** The first `dim` numbers of each row, as they are. */
export function plainFeed(input: number, dim: number): RowFeed {
  return {
    input,
    framesPerRow: 1,
    dim,
    write: (_, row, into, at) => {
      for (let i = 0; i < dim; i++) into[at + i] = row[i]!;
    },
    restart: () => {},
  };
}
