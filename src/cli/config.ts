/**
 * The config file of the person who starts the engine: the defaults of `play`, and the plugins that are enabled.
 * It is read from the person's own config folder or from SASHIMI_CONFIG, never from the working folder:
 * a folder that somebody else made must not be able to make code run.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError } from './errors.js';

/** The long names of `play`'s options; a value is written as on the command line, or as a JSON number. */
export const configFields = [
  'preset',
  'sink',
  'device',
  'sampleRate',
  'block',
  'lookAhead',
  'channels',
  'oscPort',
  'host',
  'seed',
  'stepper',
  'provider',
  'name',
  'queryPort',
  'tcpPort',
] as const;

export interface Config {
  readonly values: Readonly<Partial<Record<(typeof configFields)[number], string>>>;
  readonly plugins: readonly string[];
}

export function configPath(): string {
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return process.env.SASHIMI_CONFIG || join(folder, 'sashimi-live', 'config.json');
}

/** The config file's content; empty when there is none. */
export function readConfig(file: string = configPath()): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !process.env.SASHIMI_CONFIG) {
      return { values: {}, plugins: [] };
    }
    throw new CliError('CLI_CONFIG', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parseConfig(text, file);
}

export function parseConfig(text: string, file: string): Config {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new CliError('CLI_CONFIG', `${file} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new CliError('CLI_CONFIG', `${file} should hold one JSON object.`);
  }
  const { plugins = [], ...rest } = content as Record<string, unknown>;
  if (!Array.isArray(plugins) || !plugins.every((name) => typeof name === 'string')) {
    throw new CliError('CLI_CONFIG', `${file}: "plugins" should be an array of package names.`);
  }
  const values: Record<string, string> = {};
  for (const [field, value] of Object.entries(rest)) {
    if (!(configFields as readonly string[]).includes(field)) {
      throw new CliError(
        'CLI_CONFIG',
        `${file}: there is no field "${field}"; there are plugins, ${configFields.join(', ')}.`,
      );
    }
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new CliError('CLI_CONFIG', `${file}: "${field}" should be a string or a number.`);
    }
    values[field] = String(value);
  }
  return { values, plugins };
}
