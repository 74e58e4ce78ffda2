import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * Whether a path, read from `folder` where it is relative, really lies in one of the folders `allowed`: links are followed as
 * far as the path exists.
 */
export function liesInside(path: string, folder: string, allowed: readonly string[]): boolean {
  if (path.includes('\0')) return false;
  const real = realPath(resolve(folder, path));
  return allowed.some((root) => {
    const way = relative(realPath(root), real);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
}

function realPath(path: string): string {
  const rest: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), ...rest);
    } catch {
      if (dirname(at) === at) return path;
      rest.unshift(relative(dirname(at), at));
    }
  }
}
