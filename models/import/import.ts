import { basename, resolve } from 'node:path';
import type { Bundle, Quantiser } from '../bundle/types.js';
import { refuseExisting, writeBundle } from '../bundle/write.js';
import { ModelError } from '../errors.js';
import { readStateDict, type StateDict } from './checkpoint.js';
import { readConfig } from './config.js';
import { type Dialect, dialects } from './dialect.js';
import { modelCard } from './model-card.js';

export interface ImportOptions {
  /** The checkpoint: torch.save's zip, or safetensors. */
  readonly file: string;
  /** JSON with the training configuration. */
  readonly config?: string;
  /** Folder to write; must not exist. */
  readonly out: string;
  /** Kebab-case; default: the name of the `out` folder. */
  readonly name?: string;
  /** Of the weights: an SPDX id or a sentence. */
  readonly licence?: string;
  /** Hz; default 16000, the rate of all released models. */
  readonly sampleRate?: number;
  /** Default mu-law, as SC09 and YouTubeMix; the Beethoven models are linear. */
  readonly quantiser?: Quantiser['kind'];
  /** Share done, 0 to 1, and what is being done. */
  readonly onProgress?: (share: number, what: string) => void;
}

export interface ImportResult {
  readonly bundle: Bundle;
  /** Name of the dialect that was recognised. */
  readonly dialect: string;
  /** `name = value` for everything that was in neither checkpoint, configuration nor options. */
  readonly assumptions: readonly string[];
}

/**
 * Turns a checkpoint into a bundle folder. Reads it without running any of it; writes all or nothing.
 * Takes seconds to minutes: S4 layers need their kernels' truncation undone.
 * Throws a ModelError.
 */
export async function importCheckpoint(options: ImportOptions): Promise<ImportResult> {
  const onProgress = options.onProgress ?? (() => undefined);
  const out = resolve(options.out);
  await refuseExisting(out);
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  onProgress(0, `reading ${basename(options.file)}`);
  const stateDict = await readStateDict(options.file);
  const dialect = recognise(stateDict);
  const model = dialect.convert({ stateDict, config, onProgress });
  const assumptions = [...model.assumptions];
  const choose = <T>(name: string, stated: T | undefined, fallback: T): T => {
    if (stated === undefined) assumptions.push(`${name} = ${fallback}`);
    return stated ?? fallback;
  };
  const name = options.name ?? kebabCase(basename(out));
  const draft = {
    name,
    title: name,
    description: `Imported from ${basename(options.file)} (${dialect.summary}).`,
    architecture: model.architecture,
    sampleRate: choose('sampleRate', options.sampleRate, 16000),
    quantiser: {
      kind: choose('quantiser', options.quantiser, 'mu-law'),
      levels: model.levels,
      startToken: model.levels / 2,
    },
    conditioning: [],
    sampling: { temperature: 1, topP: 1, topK: 0 },
    licence: choose('licence', options.licence, 'unknown'),
    provenance: {
      source: basename(options.file),
      dialect: dialect.name,
      ...(assumptions.length > 0 ? { assumed: assumptions.join(', ') } : {}),
    },
  };
  const bundle = await writeBundle(out, draft, model.tensors, modelCard(draft));
  return { bundle, dialect: dialect.name, assumptions };
}

function recognise(stateDict: StateDict): Dialect {
  const found = dialects.find((dialect) => dialect.recognises(stateDict));
  if (found) return found;
  const keys = [...stateDict.keys()].slice(0, 3).join(', ') || 'none at all';
  const known = dialects.map(({ name, summary }) => `${name} (${summary})`).join('; ');
  throw new ModelError(
    'MODEL_DIALECT',
    `Expected the parameters of ${known}, but the checkpoint's are ${keys}, ...`,
  );
}

function kebabCase(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name || 'model';
}
