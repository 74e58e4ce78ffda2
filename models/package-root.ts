import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'sashimi-live';

/**
 * The folder of this package: where models/zoo, the addon and the presets are found,
 * from the sources, from dist/ and when installed under another package's node_modules.
 * Falls back to the working folder for builds that lie outside the package.
 */
export function packageRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return findUp(here) ?? findUp(process.cwd()) ?? process.cwd();
}

/** The nearest folder at or above `start` whose package.json is ours. */
function findUp(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isPackage(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function isPackage(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === PACKAGE_NAME;
  } catch {
    return false;
  }
}
