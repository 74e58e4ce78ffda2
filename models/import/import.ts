import { basename, resolve } from 'node:path';
import type { Bundle, Quantiser } from '../bundle/types.js';
import { refuseExisting, sealBundle, writeBundle } from '../bundle/write.js';
import { type Checkpoint, readCheckpoint } from './checkpoint.js';
import { type ConfigRecord, type Decision, isRecord, readConfig } from './config.js';
import { convertCheckpoint, lookupFor } from './dialect.js';
import { examineImport, type Finding } from './examine.js';
import { modelCard } from './model-card.js';

export interface ImportOptions {
  /** The checkpoint: what torch.save wrote (state dict, Lightning, DiffWave), or safetensors. */
  readonly file: string;
  /** YAML or JSON with the training configuration. */
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
  /** How everything was found that no shape shows, assumptions included. */
  readonly decisions: readonly Decision[];
  /** What the checks found, for people. */
  readonly findings: readonly Finding[];
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
  const checkpoint = await readCheckpoint(options.file);
  const lookup = lookupFor(config, checkpoint);
  const model = convertCheckpoint(checkpoint, lookup, onProgress);
  const decisions: Decision[] = [...model.decisions];
  const dataset = datasetOf(config, checkpoint);
  const decide = <T extends string | number>(
    name: string,
    stated: T | undefined,
    noted: T | undefined,
    usual: T,
  ): T => {
    if (stated !== undefined) return stated;
    decisions.push(
      noted === undefined
        ? { name, value: String(usual), source: 'default', reason: 'nothing says otherwise' }
        : {
            name,
            value: String(noted),
            source: 'checkpoint',
            reason: 'the data set of the configuration says so',
          },
    );
    return noted ?? usual;
  };
  const name = options.name ?? kebabCase(basename(out));
  const sampleRate = decide('sampleRate', options.sampleRate, undefined, 16000);
  const kind = decide('quantiser', options.quantiser, quantiserOf(dataset), 'mu-law');
  const licence = decide('licence', options.licence, undefined, 'unknown');
  const assumptions = decisions
    .filter(({ source }) => source === 'default')
    .map(({ name: what, value }) => `${what} = ${value}`);
  const draft = {
    name,
    title: name,
    description: `Imported from ${basename(options.file)} (${model.dialect.summary}).`,
    architecture: model.architecture,
    sampleRate,
    quantiser: { kind, levels: model.levels, startToken: model.levels / 2 },
    conditioning: [],
    sampling: { temperature: 1, topP: 1, topK: 0 },
    licence,
    provenance: {
      source: basename(options.file),
      container: checkpoint.container,
      dialect: model.dialect.name,
      ...(assumptions.length > 0 ? { assumed: assumptions.join(', ') } : {}),
    },
  };
  const sealed = sealBundle(draft, model.tensors).bundle;
  const findings = await examineImport(sealed, model.layers);
  const checks = findings.map(({ text }) => text).join(' ');
  const checked = { ...draft, provenance: { ...draft.provenance, checks } };
  const bundle = await writeBundle(out, checked, model.tensors, modelCard(checked));
  return { bundle, dialect: model.dialect.name, assumptions, decisions, findings };
}

/** The data set that the model was trained on, as the official configurations name it. */
function datasetOf(config: ConfigRecord | undefined, checkpoint: Checkpoint): ConfigRecord | undefined {
  return [config?.dataset, checkpoint.hyperParameters?.dataset].find(isRecord);
}

function quantiserOf(dataset: ConfigRecord | undefined): Quantiser['kind'] | undefined {
  const stated = dataset?.quantization;
  return stated === 'mu-law' || stated === 'linear' ? stated : undefined;
}

function kebabCase(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name || 'model';
}
