import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/index.js';

/** A folder of golden vectors, or the calling test is skipped and its title says why. */
export function goldens(context: Mocha.Context, name: string): string {
  return sharedFolder(context, 'SASHIMI_GOLDENS', 'goldens', name);
}

/** A folder of recordings, or the calling test is skipped and its title says why. */
export function data(context: Mocha.Context, name: string): string {
  return sharedFolder(context, 'SASHIMI_DATA', 'data', name);
}

/** The environment variable names the folder; else it is looked for beside the checkout. */
function sharedFolder(context: Mocha.Context, variable: string, kind: string, name: string): string {
  const root = process.env[variable] ?? join(packageRoot(), '..', 'shared', kind);
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  if (context.test) context.test.title += ` (skipped: no ${kind}/${name}; set ${variable})`;
  return context.skip();
}
