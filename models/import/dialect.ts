import { CHECKPOINT_PREFIX, whyNotRecurrent } from '../bundle/layout.js';
import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { inferModel } from './architecture.js';
import { convertTensors, decoderLayer, embeddingKey } from './autoregressive.js';
import type { Checkpoint } from './checkpoint.js';
import { ConfigLookup, type ConfigRecord, type Decision } from './config.js';
import { diffusionArchitecture, isDiffusion } from './diffusion.js';
import { Keys } from './keys.js';
import type { LayerCheck } from './layer-check.js';
import { findBackbone, tiersOf } from './modules.js';
import type { S4Generation } from './ssm-parameters.js';

/** A family of checkpoints, by its key names and conventions. */
export interface Dialect {
  readonly name: 'standalone' | 'v4' | 'v3' | 'v2' | 'v2-nonhurwitz' | 'diffwave';
  /** One clause, for help and errors. */
  readonly summary: string;
}

export const dialects: readonly Dialect[] = [
  { name: 'standalone', summary: 'the one-file model of the v4 code, models/sashimi/sashimi.py' },
  { name: 'v4', summary: 'the training repository of version 4' },
  { name: 'v3', summary: 'the training repository of version 3' },
  { name: 'v2', summary: 'the training repository of version 2, Hurwitz form' },
  {
    name: 'v2-nonhurwitz',
    summary: 'the training repository of version 2, with a free Q: the models of the paper',
  },
  { name: 'diffwave', summary: 'the diffusion model of the DiffWave-SaShiMi repository' },
];

/** A model taken out of a checkpoint: all that a bundle needs of the numbers. */
export interface ImportedModel {
  readonly dialect: Dialect;
  readonly architecture: SashimiArchitecture;
  readonly levels: number;
  /** Named and shaped as `tensorLayout(architecture, levels)` says. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Checks of the S4 layers, none for a model that no stepper runs. */
  readonly layers: readonly LayerCheck[];
  /** How everything was found that no shape shows. */
  readonly decisions: readonly Decision[];
}

/** Levels in the manifest of models that take amplitude, not tokens. */
const DEFAULT_LEVELS = 256;

/**
 * Turns a checkpoint of any dialect into the tensors of a bundle. `lookup` answers what no tensor shows.
 * Throws MODEL_DIALECT, MODEL_CHECKPOINT_*, MODEL_TENSOR_SHAPE, MODEL_DISCRETISE, MODEL_UNSUPPORTED.
 */
export function convertCheckpoint(
  checkpoint: Checkpoint,
  lookup: ConfigLookup,
  onProgress: (share: number, what: string) => void = () => undefined,
): ImportedModel {
  const keys = new Keys(checkpoint.stateDict);
  if (isDiffusion(keys)) {
    return keptAsIs(keys, diffusionArchitecture(keys, lookup), named('diffwave'), lookup, onProgress);
  }
  const backbone = findBackbone(keys);
  if (backbone === undefined) throw unknownDialect(keys);
  const model = inferModel(keys, backbone, tiersOf(backbone), lookup);
  const { architecture } = model;
  const dialect = named(
    model.isStandalone && model.ssm.generation === 'v4' ? 'standalone' : model.ssm.generation,
  );
  const { kind, conjugatePairs } = architecture.ssm;
  lookup.note(
    'architecture',
    `${kind}, ${conjugatePairs} conjugate pairs`,
    'the shapes of the tensors show it',
  );
  if (whyNotRecurrent(architecture) !== undefined)
    return keptAsIs(keys, architecture, dialect, lookup, onProgress);
  const levels = keys.size(embeddingKey(keys, backbone), 0);
  keys.matrixShape(decoderLayer(keys, backbone));
  const converted = convertTensors(keys, backbone, model, levels, onProgress);
  return { dialect, levels, ...converted, decisions: lookup.decisions };
}

/** A lookup over what the user and the checkpoint say. */
export function lookupFor(config: ConfigRecord | undefined, checkpoint: Checkpoint): ConfigLookup {
  return new ConfigLookup(config, checkpoint.hyperParameters);
}

/** A model that no stepper runs: its tensors stay as they are. */
function keptAsIs(
  keys: Keys,
  architecture: SashimiArchitecture,
  dialect: Dialect,
  lookup: ConfigLookup,
  onProgress: (share: number, what: string) => void,
): ImportedModel {
  const tensors = new Map<string, Tensor>();
  for (const name of keys.all()) {
    const { shape, data } = keys.get(name);
    tensors.set(CHECKPOINT_PREFIX + name, { shape, data: Float32Array.from(data) });
  }
  onProgress(1, 'done');
  return { dialect, architecture, levels: DEFAULT_LEVELS, tensors, layers: [], decisions: lookup.decisions };
}

function named(name: Dialect['name'] | S4Generation): Dialect {
  return dialects.find((dialect) => dialect.name === name)!;
}

function unknownDialect(keys: Keys): ModelError {
  const some = keys.all().slice(0, 3).join(', ') || 'none at all';
  const known = dialects.map(({ name, summary }) => `${name} (${summary})`).join('; ');
  return new ModelError(
    'MODEL_DIALECT',
    `Expected the parameters of ${known}, but the checkpoint's are ${some}, ...`,
  );
}
