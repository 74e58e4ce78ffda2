import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { nodeTypes } from '../../nodes/index.js';
import { nodesDocument } from '../../src/cli/docs/nodes-document.js';

describe('docs/nodes.md', () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'nodes.md'), 'utf8');

  it('is what the descriptors make it (npm run docs)', () => {
    assert.equal(text, nodesDocument(nodeTypes));
  });

  for (const node of nodeTypes) {
    it(`has ${node.type} with every param, setting and action`, () => {
      const section = text.split(/^## /m).find((part) => part.startsWith(`${node.type}\n`)) ?? '';
      const names = [node.params, node.settings ?? {}, node.actions ?? {}].flatMap(Object.keys);
      for (const name of names) assert.ok(section.includes(`| \`${name}\` |`), name);
    });
  }
});
