/** The checks before the tests: TypeScript and C++ as the linters want them. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.js';
import { run, runNode } from './run.js';

/** @typedef {{ name: string, state: 'passed' | 'failed' | 'skipped', output: string }} Check */

/** @returns {Promise<Check>} */
async function lintTypescript() {
  const biome = inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { code, output } = await runNode([biome, 'check', '--colors=off']);
  return { name: 'Biome: lint and format', state: code === 0 ? 'passed' : 'failed', output };
}

/** @returns {Promise<Check>} */
async function lintNative() {
  const name = 'clang-format: C++';
  const folder = inRoot('models', 'native');
  if (!existsSync(path.join(folder, '.clang-format')))
    return { name, state: 'skipped', output: 'no .clang-format' };
  if ((await run('clang-format', ['--version'])).code !== 0) {
    return { name, state: 'skipped', output: 'clang-format is not installed (optional)' };
  }
  const files = readdirSync(folder, { recursive: true })
    .filter((file) => /\.(cc|h)$/.test(file) && !file.startsWith('build'))
    .map((file) => path.join(folder, file));
  const { code, output } = await run('clang-format', ['--dry-run', '-Werror', ...files]);
  return { name, state: code === 0 ? 'passed' : 'failed', output };
}

/** @param {string} typeErrors what the compiler said @returns {Promise<Check[]>} */
export async function runChecks(typeErrors) {
  const types = { name: 'tsc: types', state: typeErrors === '' ? 'passed' : 'failed', output: typeErrors };
  return [types, await lintTypescript(), await lintNative()];
}
