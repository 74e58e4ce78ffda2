/**
 * Where the files lie that a message may name: the folder that the engine was started in, and the package. Links are
 * followed first: where a file really lies decides.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { packageRoot } from '../models/index.js';

/** Both must be real paths. A folder is not inside itself. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** `path` is a real one; of `folders`, those that exist count. */
export function isInsideAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const real = realPath(folder);
    return real !== undefined && isInside(path, real);
  });
}

/**
 * Whether a text of a message, taken for a path from `folder`, leaves the project: also that of a file which is not there
 * yet. True for what no path can be.
 */
export function leavesProject(text: string, folder: string): boolean {
  if (text.includes('\0')) return true;
  const path = resolve(folder, text);
  const real = realOrFuturePath(path);
  return real === undefined || !(isInsideAny(real, [folder, packageRoot()]) || real === realPath(folder));
}

/** A file that is not there lies where its folder really lies; a link to nothing lies nowhere. */
function realOrFuturePath(path: string): string | undefined {
  const real = realPath(path);
  if (real !== undefined) return real;
  if (isThere(path) || path === dirname(path)) return undefined;
  const folder = realOrFuturePath(dirname(path));
  return folder === undefined ? undefined : resolve(folder, relative(dirname(path), path));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
