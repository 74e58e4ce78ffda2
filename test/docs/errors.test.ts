/** docs/errors.md and the catalogues hold the same codes, both ways. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { catalogues } from '../../src/cli/docs/errors-document.js';

/** The rows of the document by code. */
function documented(): Map<string, readonly string[]> {
  const text = readFileSync(join(packageRoot(), 'docs', 'errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_0-9]+)` \| (.*) \| (.*) \|$/gm)];
  assert.equal(new Set(rows.map((row) => row[1])).size, rows.length, 'a code stands in the document twice');
  return new Map(rows.map(([, code = '', ...cells]) => [code, cells]));
}

describe('docs/errors.md', () => {
  const rows = documented();
  const all = catalogues.flatMap(([, codes]) => Object.entries(codes));

  for (const [code, { summary, remedy }] of all) {
    it(`says of ${code} what its catalogue says`, () => {
      assert.deepEqual(
        rows.get(code),
        [summary, remedy].map((text) => text.replaceAll('|', '\\|')),
      );
    });
  }

  it('holds no code that no catalogue has', () => {
    const codes = all.map(([code]) => code);
    assert.deepEqual(
      [...rows.keys()].filter((code) => !codes.includes(code)),
      [],
    );
  });

  it('gives every code to one catalogue', () => {
    assert.equal(new Set(all.map(([code]) => code)).size, all.length);
  });

  it('explains every code in words', () => {
    for (const [code, { summary, remedy }] of all) {
      assert.ok(summary.length > 10 && remedy.length > 10, code);
    }
  });
});
