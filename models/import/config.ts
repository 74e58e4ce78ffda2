import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { ModelError } from '../errors.js';

const MAX_CONFIG_BYTES = 1_000_000;
/** YAML aliases may be expanded this often; configurations use none or few. */
const MAX_ALIASES = 100;

export type ConfigRecord = Readonly<Record<string, unknown>>;

/** The --config file of an import: YAML, or JSON, which is YAML too. Throws MODEL_FILE, MODEL_CHECKPOINT_CONFIG. */
export async function readConfig(path: string): Promise<ConfigRecord> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelError('MODEL_FILE', `Expected a configuration at ${path}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (text.length > MAX_CONFIG_BYTES)
    refuse(`Expected a configuration but ${path} has ${text.length} characters.`);
  return parseConfig(text, path);
}

/** `name` is for errors. No custom tag of YAML becomes anything but plain data. */
export function parseConfig(text: string, name: string): ConfigRecord {
  let value: unknown;
  try {
    const document = parseDocument(text, { schema: 'core', prettyErrors: true });
    if (document.errors.length > 0) throw document.errors[0]!;
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n');
    refuse(`Expected JSON or YAML in ${name}: ${line}.`, cause);
  }
  if (!isRecord(value)) refuse(`Expected a JSON or YAML object in ${name}.`);
  return value;
}

/** How a value of the model was found. */
export interface Decision {
  readonly name: string;
  readonly value: string;
  /** `default` ones are assumptions: nobody said so. */
  readonly source: 'configuration' | 'checkpoint' | 'inferred' | 'default';
  readonly reason: string;
}

/** A value that no tensor shows: what it may be, and what to do when nobody says. */
export interface Choice<T extends string> {
  /** The name that the official configurations have for it, and older names. */
  readonly names: readonly [string, ...string[]];
  readonly options: readonly T[];
  /** Taken when nobody states it: certain because of what else is known (`inferred`), or the usual one (`default`). */
  readonly otherwise?: {
    readonly value: T;
    readonly source: 'inferred' | 'default';
    readonly reason: string;
  };
  /** Without `otherwise`: why it has to be known, a clause for the error. */
  readonly why?: string;
}

/**
 * Looks values up by name in the --config file, then in the checkpoint's own hyper-parameters. In each:
 * constructor arguments (`args`), then `model`, its `layer`, a `layer` beside it, the object itself,
 * recorded defaults (`s4_defaults`). Checks types and remembers how everything was found.
 */
export class ConfigLookup {
  readonly decisions: Decision[] = [];
  private readonly sources: readonly { source: 'configuration' | 'checkpoint'; layers: ConfigRecord[] }[];

  constructor(config: ConfigRecord | undefined, hyperParameters?: ConfigRecord) {
    this.sources = [
      { source: 'configuration', layers: layersOf(config) },
      { source: 'checkpoint', layers: layersOf(hyperParameters) },
    ];
  }

  /** A value as it stands, or undefined. Null counts as not stated. */
  value(...names: readonly string[]): unknown {
    return this.find(names)?.value;
  }

  /** The configured value, which must be what the tensors say: `inferred` decides, a contradiction is an error. */
  agree<T extends number | boolean | readonly number[]>(name: string, inferred: T): T {
    const stated = this.find([name]);
    if (
      stated &&
      typeof stated.value === typeof inferred &&
      JSON.stringify(stated.value) !== JSON.stringify(inferred)
    ) {
      refuse(
        `The ${stated.where} says ${name} = ${JSON.stringify(stated.value)}, but the checkpoint's shapes say ${JSON.stringify(inferred)}.`,
      );
    }
    return inferred;
  }

  /** One of the options, from where it is stated or as the choice says otherwise; asked for by name where neither helps. */
  choose<T extends string>(choice: Choice<T>): T {
    const [name] = choice.names;
    const stated = this.find(choice.names);
    if (stated === undefined) {
      if (choice.otherwise) {
        this.decisions.push({ name, ...choice.otherwise });
        return choice.otherwise.value;
      }
      refuse(
        `Expected ${name} (${choice.options.join(' or ')}) in --config, because neither the checkpoint nor its hyper-parameters say it: ${choice.why}.`,
      );
    }
    if (!choice.options.includes(stated.value as T)) {
      refuse(
        `Expected ${name} to be one of ${choice.options.join(', ')} but the ${stated.where} says ${JSON.stringify(stated.value)}.`,
      );
    }
    const value = stated.value as T;
    this.decisions.push({ name, value, source: stated.source, reason: `the ${stated.where} says so` });
    return value;
  }

  /** Notes something that was read off the tensors. */
  note(name: string, value: string, reason: string): void {
    this.decisions.push({ name, value, source: 'inferred', reason });
  }

  private find(names: readonly string[]) {
    for (const { source, layers } of this.sources) {
      for (const name of names) {
        const layer = layers.find((record) => Object.hasOwn(record, name) && record[name] !== null);
        if (layer?.[name] === undefined) continue;
        const where = source === 'configuration' ? 'configuration' : "checkpoint's own configuration";
        return { value: layer[name], source, where };
      }
    }
    return undefined;
  }
}

function layersOf(config: ConfigRecord | undefined): ConfigRecord[] {
  const model = config?.model;
  const inModel = isRecord(model) ? model.layer : undefined;
  return [config?.args, model, inModel, config?.layer, config, config?.s4_defaults].filter(isRecord);
}

export function isRecord(value: unknown): value is ConfigRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string, cause?: unknown): never {
  throw new ModelError('MODEL_CHECKPOINT_CONFIG', message, { cause });
}
