/** The source files of the four code folders and what each imports: read as text, so nothing has to compile. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { packageRoot } from '../../models/package-root.js';

export interface Import {
  /** As written: `rxjs`, `node:fs`, `../graph/index.js`. */
  readonly specifier: string;
  /** Path of our own file from the package root (`graph/index.ts`); undefined for packages and Node. */
  readonly file: string | undefined;
  /** Erased by the compiler: cannot make a loop at run time. */
  readonly isTypeOnly: boolean;
}

export interface Source {
  /** From the package root, with forward slashes. */
  readonly file: string;
  /** graph, models, nodes or src. */
  readonly folder: string;
  readonly text: string;
  /** `text` without comments and strings: what is left to search for forbidden words. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export const FOLDERS: readonly string[] = ['graph', 'models', 'nodes', 'src'];

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/g;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function readSources(): readonly Source[] {
  const root = packageRoot();
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((file) => !file.includes('/build/') && !file.includes('/node_modules/'))
      .map((file) => readSource(root, file, folder)),
  );
}

function readSource(root: string, file: string, folder: string): Source {
  const text = readFileSync(join(root, file), 'utf8');
  return { file, folder, text, code: stripped(text), imports: importsOf(text, file) };
}

/** Exported for its own test. */
export function importsOf(text: string, file: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  const found: Import[] = [];
  for (const [, type, names, specifier] of code.matchAll(IMPORT)) {
    found.push(describeImport(specifier!, file, type !== undefined || hasOnlyTypes(names ?? '')));
  }
  for (const [, specifier] of code.matchAll(DYNAMIC)) found.push(describeImport(specifier!, file, false));
  return found;
}

/** `{ type A, type B } from` */
function hasOnlyTypes(names: string): boolean {
  const inside = /^\s*\{([\s\S]*)\}\s*from\s*$/.exec(names)?.[1];
  if (inside === undefined) return false;
  return inside
    .split(',')
    .filter((name) => name.trim() !== '')
    .every((name) => /^\s*type\s/.test(name));
}

function describeImport(specifier: string, from: string, isTypeOnly: boolean): Import {
  const isOurs = specifier.startsWith('.');
  const file = isOurs ? posix.join(dirname(from), specifier).replace(/\.js$/, '.ts') : undefined;
  return { specifier, file, isTypeOnly };
}

function stripped(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}
