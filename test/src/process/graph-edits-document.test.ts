/** The messages of docs/graph-edits.md do what it says, to the patch that it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePatch, editFadeMs, PATCH_LIMITS, PatchEditor, parsePatch } from '../../../graph/index.js';
import { packageRoot } from '../../../models/index.js';
import { createNodeRegistry } from '../../../src/container/node-registry.js';
import { buildAddressTable, COMMANDS, interpret } from '../../../src/control/index.js';
import { readPreset } from '../../../src/engine/presets.js';
import { HAND_OVER_MS } from '../../../src/osc/schedule.js';
import { graphEditOf, refuseForeign } from '../../../src/process/remote-edits.js';

const DOCUMENT = readFileSync(join(packageRoot(), 'docs/graph-edits.md'), 'utf8');

describe('docs/graph-edits.md', () => {
  it('has examples that work, one bundle after the other', () => {
    const registry = createNodeRegistry([]);
    const table = new Map(buildAddressTable([]).map((entry) => [entry.address, entry]));
    let { patch } = readPreset('shore');
    const before = patch;
    const bundles = DOCUMENT.split('liblo.send(engine').slice(1);
    assert.equal(bundles.length, 3);
    for (const bundle of bundles) {
      const editor = new PatchEditor(patch, registry);
      for (const [, args] of bundle.split('```')[0]!.matchAll(/say\((.*?)\)/g)) {
        const [address, ...values] = JSON.parse(`[${args!.replaceAll("'", '"')}]`) as [
          string,
          ...(string | number)[],
        ];
        const meaning = interpret(
          table.get(address)!,
          values.map((value) =>
            typeof value === 'number' ? { kind: 'number', value } : { kind: 'string', value },
          ),
        );
        assert.ok(meaning.kind === 'edit', JSON.stringify(meaning));
        const edit = graphEditOf(meaning.edit);
        refuseForeign(edit, registry, packageRoot());
        editor.apply(edit);
      }
      patch = parsePatch(editor.patch);
      compilePatch(patch, registry, { sampleRate: 48_000, maxBlockFrames: 256, mode: 'live', seed: 1 });
    }
    assert.deepEqual(
      patch.nodes.map(({ id }) => id),
      ['model', 'level', 'wave'],
    );
    assert.equal(before.nodes.length, 2);
  });

  it('lists the commands as they are', () => {
    const listed = [...DOCUMENT.matchAll(/^\| `(\/graph\/\w+)([^`]*)` \|/gm)].map(([, address, args]) => [
      address!,
      args!.trim().split(' ').filter(Boolean).length,
    ]);
    assert.deepEqual(
      listed,
      Object.entries(COMMANDS)
        .filter(([address]) => address.startsWith('/graph/'))
        .map(([address, { args }]) => [address, args.length]),
    );
  });

  it('names its numbers as they are', () => {
    assert.equal(editFadeMs, 30);
    assert.equal(HAND_OVER_MS, 500);
    assert.ok(DOCUMENT.includes(`${PATCH_LIMITS.nodes} nodes and ${PATCH_LIMITS.edges} edges`));
  });
});
