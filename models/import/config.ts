import { readFile } from 'node:fs/promises';
import { ModelError } from '../errors.js';

/** The --config file of an import: any JSON object; the dialect looks values up in it by name. */
export async function readConfig(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelError('MODEL_FILE', `Expected a configuration at ${path}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new ModelError(
      'MODEL_CHECKPOINT_CONFIG',
      `Expected JSON in ${path}: ${(cause as Error).message}.`,
      { cause },
    );
  }
  throw new ModelError('MODEL_CHECKPOINT_CONFIG', `Expected a JSON object in ${path}.`);
}

/**
 * Looks values up by name, in this order: constructor arguments (`args`), the object itself (`model` in it,
 * or flat), recorded defaults (`s4_defaults`). Checks types and remembers what had to be assumed.
 */
export class ConfigLookup {
  /** `name = value` for every default that was taken. */
  readonly assumptions: string[] = [];
  private readonly layers: readonly Record<string, unknown>[];

  constructor(config: Readonly<Record<string, unknown>> | undefined) {
    this.layers = [config?.args, config?.model, config, config?.s4_defaults].filter(isRecord);
  }

  /** A value as it stands, or undefined. */
  value(name: string): unknown {
    return this.layers.find((layer) => Object.hasOwn(layer, name))?.[name];
  }

  /** The configured value, which must be what the tensors say: `inferred` decides, a contradiction is an error. */
  agree<T extends number | boolean | readonly number[]>(name: string, inferred: T): T {
    const stated = this.value(name);
    if (stated !== undefined && stated !== null && JSON.stringify(stated) !== JSON.stringify(inferred)) {
      throw new ModelError(
        'MODEL_CHECKPOINT_CONFIG',
        `The configuration says ${name} = ${JSON.stringify(stated)}, but the checkpoint's shapes say ${JSON.stringify(inferred)}.`,
      );
    }
    return inferred;
  }

  /** One of `options`. Without a configured value it is `fallback`, which is noted as an assumption. */
  choice<const T extends string>(name: string, options: readonly T[], fallback: T): T {
    const stated = this.value(name);
    if (stated === undefined) {
      this.assumptions.push(`${name} = ${fallback}`);
      return fallback;
    }
    if (!options.includes(stated as T)) {
      throw new ModelError(
        'MODEL_CHECKPOINT_CONFIG',
        `Expected ${name} to be one of ${options.join(', ')} but the configuration says ${JSON.stringify(stated)}.`,
      );
    }
    return stated as T;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
