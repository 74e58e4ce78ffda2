import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface TempFolder {
  path(name?: string): string;
}

/** A folder of its own for each test of the suite that calls this; taken away afterwards. */
export function useTempFolder(): TempFolder {
  return folderBetween(beforeEach, afterEach);
}

/** One folder for all tests of the suite that calls this, there before its own `before` runs. */
export function useSuiteTempFolder(): TempFolder {
  return folderBetween(before, after);
}

function folderBetween(begin: (make: () => void) => void, end: (remove: () => void) => void): TempFolder {
  let folder = '';
  begin(() => {
    folder = mkdtempSync(join(tmpdir(), 'sashimi-test-'));
  });
  end(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return { path: (name = '') => join(folder, name) };
}
