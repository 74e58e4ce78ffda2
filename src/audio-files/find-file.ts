/** Where an audio file is that a patch or a message names. */
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { packageRoot } from '../../models/index.js';
import { isInsideAny } from '../project-paths.js';
import { AudioFileError } from './errors.js';

/** Of a path in a patch: from `folder`, or where there is nothing, from the package. */
export function findFile(file: string, folder: string): string {
  if (isAbsolute(file)) return file;
  const here = resolve(folder, file);
  const ours = join(packageRoot(), file);
  return !existsSync(here) && existsSync(ours) ? ours : here;
}

/** Of a path in a message: where the file really lies decides. Throws AUDIO_FILE_READ or AUDIO_FILE_PATH. */
export function findNamedFile(file: string, folder: string): string {
  const path = findFile(file, folder);
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    throw new AudioFileError('AUDIO_FILE_READ', `There is no file ${path.slice(0, 300)}.`, { cause });
  }
  if (isInsideAny(real, [folder, packageRoot()])) return real;
  throw new AudioFileError(
    'AUDIO_FILE_PATH',
    `${path.slice(0, 300)} lies outside ${folder} and outside the package.`,
  );
}
