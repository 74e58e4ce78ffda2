import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import type { StateDict } from './checkpoint.js';
import { standalone } from './standalone.js';

/** A model taken out of a checkpoint: all that a bundle needs of the numbers. */
export interface ImportedModel {
  readonly architecture: SashimiArchitecture;
  readonly levels: number;
  /** Named and shaped as `tensorLayout(architecture, levels)` says. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Values that neither checkpoint nor configuration states, and what was taken: `dt_transform = exp`. */
  readonly assumptions: readonly string[];
}

export interface DialectInput {
  readonly stateDict: StateDict;
  /** The parsed --config file, when given. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** Share done, 0 to 1, and what is being done. */
  readonly onProgress: (share: number, what: string) => void;
}

/** One family of checkpoints: its key names and its conventions. */
export interface Dialect {
  readonly name: string;
  /** One sentence, for help and errors. */
  readonly summary: string;
  recognises(stateDict: StateDict): boolean;
  /** Throws MODEL_CHECKPOINT_*, MODEL_DISCRETISE, MODEL_UNSUPPORTED. */
  convert(input: DialectInput): ImportedModel;
}

/** In the order in which they are tried. */
export const dialects: readonly Dialect[] = [standalone];
