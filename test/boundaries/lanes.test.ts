/** What `npm test` runs beside each other: every test once, and nothing beside those that play live. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../models/package-root.js';

interface Lanes {
  readonly beside: readonly (readonly string[])[];
  readonly alone: readonly string[];
}

/** What starts an engine that plays at the pace of a clock. */
const starters = /from '[^']*\/(start-cli|clients\/engine|engine-under-test)\.js'/;

describe('the lanes of the tests', () => {
  const sources = readdirSync(join(packageRoot(), 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => ['test', ...file.split(sep)].join('/'))
    .filter((file) => file.endsWith('.test.ts'));
  const built = (file: string): string => `dist/${file.replace(/\.ts$/, '.js')}`;
  let lanes: Lanes;

  before(async () => {
    const url = pathToFileURL(join(packageRoot(), 'src', 'bootstrap', 'lanes.js')).href;
    const { lanesOf } = (await import(url)) as { lanesOf(files: readonly string[]): Lanes };
    lanes = lanesOf(sources.map(built));
  });

  it('have every test once', () => {
    assert.deepEqual([...lanes.beside, lanes.alone].flat().sort(), sources.map(built).sort());
    for (const files of [...lanes.beside, lanes.alone]) assert.ok(files.length > 0);
  });

  it('leave the machine to tests that start an engine', () => {
    const playing = sources.filter((file) => starters.test(readFileSync(join(packageRoot(), file), 'utf8')));
    assert.ok(playing.length > 0);
    assert.deepEqual(
      playing.map(built).filter((file) => !lanes.alone.includes(file)),
      [],
    );
  });
});
