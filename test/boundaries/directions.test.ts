import assert from 'node:assert/strict';
import { findCycle } from '../../graph/order.js';
import { FOLDERS, importsOf, readSources } from './sources.js';

const sources = readSources();
const byFile = new Map(sources.map((source) => [source.file, source]));

/** What each folder may import: our folders, and packages (undefined: any). */
const MAY: Readonly<
  Record<string, { readonly folders: readonly string[]; readonly packages?: readonly RegExp[] }>
> = {
  graph: { folders: ['graph'], packages: [/^rxjs$/] },
  models: { folders: ['models'], packages: [/^node:/, /^ajv/, /^yaml$/] },
  nodes: { folders: ['nodes', 'graph', 'models'], packages: [/^rxjs$/, /^node:/] },
  src: { folders: FOLDERS },
};

function violations(find: (source: (typeof sources)[number]) => readonly string[]): string[] {
  return sources.flatMap((source) => find(source).map((what) => `${source.file}: ${what}`));
}

function folderOf(file: string): string {
  return file.slice(0, file.indexOf('/'));
}

describe('the directions of imports', () => {
  it('has sources to read', () => {
    assert.ok(sources.filter(({ folder }) => folder === 'graph').length >= 20);
    assert.ok(sources.some(({ imports }) => imports.some(({ specifier }) => specifier === 'rxjs')));
  });

  it('reads every way of importing', () => {
    const text = `
      import { a, type B } from '../graph/index.js';
      import type { C } from 'rxjs';
      import {
        type D,
        type E,
      } from './d.js';
      export * from './e.js';
      import './f.js';
      // import './not.js';
      const g = await import('./g.js');
    `;
    assert.deepEqual(
      importsOf(text, 'nodes/x.ts').map(({ specifier, file, isTypeOnly }) => [specifier, file, isTypeOnly]),
      [
        ['../graph/index.js', 'graph/index.ts', false],
        ['rxjs', undefined, true],
        ['./d.js', 'nodes/d.ts', true],
        ['./e.js', 'nodes/e.ts', false],
        ['./f.js', 'nodes/f.ts', false],
        ['./g.js', 'nodes/g.ts', false],
      ],
    );
  });

  it('go from src to nodes to graph and models, and never back', () => {
    const wrong = violations(({ folder, imports }) =>
      imports.flatMap(({ specifier, file }) => {
        const may = MAY[folder]!;
        if (file !== undefined) return may.folders.includes(folderOf(file)) ? [] : [`imports ${file}`];
        return may.packages === undefined || may.packages.some((p) => p.test(specifier))
          ? []
          : [`imports ${specifier}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });

  it('enter another folder through its index.ts only', () => {
    const wrong = violations(({ folder, imports }) =>
      imports.flatMap(({ file }) => {
        if (file === undefined || folderOf(file) === folder) return [];
        return file === `${folderOf(file)}/index.ts` ? [] : [`reaches into ${file}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });

  it('name files that exist', () => {
    const wrong = violations(({ imports }) =>
      imports.flatMap(({ file }) =>
        file === undefined || byFile.has(file) || file.endsWith('.json') ? [] : [`imports ${file}`],
      ),
    );
    assert.deepEqual(wrong, []);
  });

  it('make no loop between files', () => {
    const loop = findCycle(sources, ({ imports }) =>
      imports.flatMap(({ file, isTypeOnly }) => {
        const target = isTypeOnly || file === undefined ? undefined : byFile.get(file);
        return target === undefined ? [] : [target];
      }),
    );
    assert.deepEqual(
      loop.map(({ file }) => file),
      [],
    );
  });

  it('use inversify in src/container only', () => {
    const wrong = violations(({ file, imports }) =>
      file.startsWith('src/container/')
        ? []
        : imports
            .map(({ specifier }) => specifier)
            .filter((name) => /^(inversify|reflect-metadata)/.test(name)),
    );
    assert.deepEqual(wrong, []);
  });

  it('use the public doors of packages', () => {
    const wrong = violations(({ imports }) =>
      imports
        .map(({ specifier }) => specifier)
        .filter((name) => name.startsWith('rxjs/') || name.includes('/internal/')),
    );
    assert.deepEqual(wrong, []);
  });
});
