import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface TempFolder {
  path(name?: string): string;
}

/** A folder of its own for each test of the suite that calls this; taken away when its own `afterEach` have run. */
export function useTempFolder(): TempFolder {
  return folderBetween(beforeEach, 'afterEach');
}

/** One folder for all tests of the suite that calls this, there before its own `before` runs and until its `after` have. */
export function useSuiteTempFolder(): TempFolder {
  return folderBetween(before, 'afterAll');
}

function folderBetween(begin: (make: () => void) => void, end: 'afterEach' | 'afterAll'): TempFolder {
  let folder = '';
  // Hooks run in the order in which they are added: what plays in the folder is stopped by those of the suite, which are there by now.
  before(function () {
    this.test?.parent?.[end](() => rmSync(folder, { recursive: true, force: true }));
  });
  begin(() => {
    folder = mkdtempSync(join(tmpdir(), 'sashimi-test-'));
  });
  return { path: (name = '') => join(folder, name) };
}
