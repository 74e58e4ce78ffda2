/** Finds and reads presets: by name in presets/, or by path. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { GraphError, PATCH_LIMITS, type Patch, parsePatchText } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { EngineError } from './errors.js';

export interface Preset {
  /** The file's name without its ending: what status shows. */
  readonly name: string;
  readonly patch: Patch;
  /** The file that it was read from. */
  readonly file?: string;
}

const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

export function presetsFolder(): string {
  return join(packageRoot(), 'presets');
}

/** Names of the presets that come with the package, sorted. */
export function listPresets(): readonly string[] {
  return readdirSync(presetsFolder())
    .filter((file) => extname(file) === '.json' && !file.endsWith('.bindings.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

/** For the person at the terminal: a name in presets/, or any path. */
export function readPreset(nameOrPath: string): Preset {
  const file = plainName.test(nameOrPath) ? join(presetsFolder(), `${nameOrPath}.json`) : resolve(nameOrPath);
  return readPresetFile(file, nameOrPath);
}

/**
 * For what comes over the network: a name in presets/, or a path of a .json file that really lies
 * in presets/ or in the folder `folder` that the person who started the engine works in.
 */
export function readRemotePreset(nameOrPath: string, folder: string): Preset {
  if (plainName.test(nameOrPath)) return readPreset(nameOrPath);
  const file = resolve(folder, nameOrPath);
  if (extname(file) !== '.json') throw refuse(nameOrPath, 'it is no plain name and does not end in .json');
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    throw notFound(nameOrPath, file);
  }
  if (![presetsFolder(), folder].some((allowed) => isInside(real, allowed))) {
    throw refuse(
      nameOrPath,
      'it lies outside presets/ and outside the folder that the engine was started in',
    );
  }
  return readPresetFile(real, nameOrPath);
}

function readPresetFile(file: string, asked: string): Preset {
  let text: string;
  try {
    if (statSync(file).size > PATCH_LIMITS.textCharacters * 4) {
      throw new EngineError('ENGINE_PRESET_READ', `${file} is larger than any patch.`);
    }
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw notFound(asked, file);
    throw new EngineError('ENGINE_PRESET_READ', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    return { name: basename(file, extname(file)), patch: parsePatchText(text), file };
  } catch (cause) {
    if (cause instanceof GraphError) throw inFile(cause, file);
    throw cause;
  }
}

/** The same error, saying which file it is about. */
function inFile(error: GraphError, file: string): GraphError {
  return new GraphError(error.code, `${basename(file)}: ${error.message}`, {
    remedy: error.remedy,
    cause: error,
  });
}

function isInside(file: string, folder: string): boolean {
  let real: string;
  try {
    real = realpathSync(folder);
  } catch {
    return false;
  }
  const way = relative(real, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(real, way) === file;
}

function notFound(asked: string, file: string): EngineError {
  return new EngineError('ENGINE_PRESET_NOT_FOUND', `There is no preset "${asked}": ${file} does not exist.`);
}

function refuse(asked: string, why: string): EngineError {
  return new EngineError('ENGINE_PRESET_NAME', `The preset "${asked.slice(0, 200)}" is refused: ${why}.`);
}
