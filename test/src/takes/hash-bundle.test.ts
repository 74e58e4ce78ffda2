import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePatch } from '../../../graph/index.js';
import { bundleNamed, TakeBundles } from '../../../src/takes/index.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('bundles of a take', () => {
  const folder = useTempFolder();

  function bundle(name: string, text: string, seconds: number): string {
    const path = folder.path(name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'model.json'), text);
    utimesSync(join(path, 'model.json'), seconds, seconds);
    return path;
  }

  const patchWith = (...bundles: readonly string[]) =>
    parsePatch({
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'A patch',
      nodes: bundles.map((name, i) => ({ id: `m${i}`, type: 'sashimi', settings: { bundle: name } })),
      edges: [],
      output: 'm0.audio',
    });

  it('are told when a patch brings them in, once, and again when they were written anew', () => {
    const [a, b] = [bundle('a', 'one', 100), bundle('b', 'two', 100)];
    const bundles = new TakeBundles();
    assert.deepEqual(bundles.newOf(patchWith(a)), [bundleNamed(a)]);
    const patch = (frame: number, ...names: readonly string[]) =>
      ({ kind: 'patch', frame, presetName: 'p', patch: patchWith(...names) }) as const;
    const at = { kind: 'at', frame: 1 } as const;
    assert.deepEqual(bundles.tell([at, patch(2, a)]), [at, patch(2, a)]);
    assert.deepEqual(bundles.tell([patch(3, a, b), at]), [
      { kind: 'bundle', frame: 3, ...bundleNamed(b) },
      patch(3, a, b),
      at,
    ]);
    bundle('b', 'three', 200);
    assert.deepEqual(bundles.tell([patch(4, b)]), [
      { kind: 'bundle', frame: 4, ...bundleNamed(b) },
      patch(4, b),
    ]);
    // Touched, but the same.
    bundle('b', 'three', 300);
    assert.deepEqual(bundles.tell([patch(5, b)]), [patch(5, b)]);
    assert.deepEqual(bundles.newOf(patchWith(folder.path('none'))), []);
  });
});
