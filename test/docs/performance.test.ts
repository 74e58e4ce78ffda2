import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { withPredictedCost } from '../../src/cli/docs/predicted-cost.js';
import { createProgram } from '../../src/cli/program.js';

describe('docs/performance.md', () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'performance.md'), 'utf8');

  it('predicts what the sizes of the models make it predict (npm run docs)', () => {
    assert.equal(text, withPredictedCost(text));
  });

  it('leaves nothing to be filled in', () => {
    assert.doesNotMatch(text, /to be filled|TODO|[A-Z]+_TABLE/i);
  });

  it('names commands that exist, and pictures that are there', () => {
    const bench = createProgram().commands.find((command) => command.name() === 'bench')!;
    const named = [...text.matchAll(/sashimi bench (\w+)/g)].map(([, name]) => name!);
    assert.ok(named.length > 0);
    for (const name of named)
      assert.ok(
        bench.commands.some((command) => command.name() === name),
        name,
      );
    for (const [, file = ''] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) {
      assert.ok(existsSync(join(packageRoot(), 'docs', file)), file);
    }
  });
});
