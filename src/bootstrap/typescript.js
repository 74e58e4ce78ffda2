/** TypeScript to dist/: compiled when a source was added, changed or removed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { recall, remember } from './memory.js';
import { entry, inRoot } from './paths.js';
import { runNode } from './run.js';
import { step } from './say.js';

const folders = ['graph', 'models', 'nodes', 'src', 'test', 'docs'];

function filesUnder(folder, suffix) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && file.name.endsWith(suffix))
    .map((file) => path.join(file.parentPath ?? file.path, file.name));
}

/** Changes when a source does: names, sizes and times of all of them. */
function sourcesKey() {
  const sources = folders.flatMap((folder) => filesUnder(inRoot(folder), '.ts'));
  const hash = createHash('sha256').update(process.version);
  for (const file of [...sources, inRoot('tsconfig.json')].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

export function typescriptIsBuilt() {
  if (!existsSync(inRoot('tsconfig.json'))) return true;
  return existsSync(entry) && recall().sources === sourcesKey();
}

/** A test whose source is gone must not run from an old build. */
function removeOrphans() {
  for (const file of filesUnder(inRoot('dist'), '.js')) {
    const source = path.join(inRoot(), path.relative(inRoot('dist'), file)).replace(/\.js$/, '.ts');
    if (existsSync(source)) continue;
    for (const suffix of ['.js', '.js.map', '.d.ts']) rmSync(file.replace(/\.js$/, suffix), { force: true });
  }
}

/** Resolves to the compiler's messages, '' when there are none. Emits in either case. */
export async function buildTypescript() {
  const key = sourcesKey();
  if (!existsSync(entry)) rmSync(inRoot('dist', 'tsconfig.tsbuildinfo'), { force: true });
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await step('Compiling TypeScript', () =>
    runNode([tsc, '-p', inRoot('tsconfig.json')]),
  );
  removeOrphans();
  remember({ sources: code === 0 ? key : '' });
  return code === 0 ? '' : output;
}
