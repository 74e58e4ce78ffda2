/** Finds and reads presets: by name in the person's own folder or in presets/, or by path. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { GraphError, PATCH_LIMITS, type Patch, parsePatchText } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { isInsideAny } from '../project-paths.js';
import { EngineError } from './errors.js';

export interface Preset {
  /** The file's name without its ending: what status shows. */
  readonly name: string;
  readonly patch: Patch;
  /** Where it was read from. */
  readonly file: string;
}

/** The folder of one's own presets, in the folder that the engine is started in, unless another is given. */
export const ownPresets = 'my-presets';

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

/** For the person at the terminal: a name in the folder `own` or in presets/, or any path. */
export function readPreset(nameOrPath: string, own: string = resolve(ownPresets)): Preset {
  return readPresetFile(
    plainName.test(nameOrPath) ? namedFile(nameOrPath, own) : resolve(nameOrPath),
    nameOrPath,
  );
}

function namedFile(name: string, own: string): string {
  const file = join(own, `${name}.json`);
  return existsSync(file) ? file : join(presetsFolder(), `${name}.json`);
}

/**
 * For what comes over the network: a name in `own` or in presets/, or a path of a .json file that really lies
 * in presets/, in `own` or in the folder `folder` that the person who started the engine works in.
 */
export function readRemotePreset(nameOrPath: string, folder: string, own = join(folder, ownPresets)): Preset {
  const isName = plainName.test(nameOrPath);
  const file = isName ? namedFile(nameOrPath, own) : resolve(folder, nameOrPath);
  if (!isName && extname(file) !== '.json')
    throw refuse(nameOrPath, 'it is no plain name and does not end in .json');
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    throw notFound(nameOrPath, file);
  }
  if (!isInsideAny(real, [presetsFolder(), own, folder])) {
    throw refuse(
      nameOrPath,
      'it lies outside presets/ and outside the folder that the engine was started in',
    );
  }
  return readPresetFile(real, nameOrPath);
}

/** A preset that is known to be at `file`. */
export function readPresetFile(file: string, asked = basename(file)): Preset {
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

function notFound(asked: string, file: string): EngineError {
  return new EngineError('ENGINE_PRESET_NOT_FOUND', `There is no preset "${asked}": ${file} does not exist.`);
}

function refuse(asked: string, why: string): EngineError {
  return new EngineError('ENGINE_PRESET_NAME', `The preset "${asked.slice(0, 200)}" is refused: ${why}.`);
}
