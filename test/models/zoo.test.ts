import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBundle, MANIFEST_FILE } from '../../models/index.js';
import { packageRoot } from '../../models/package-root.js';

const zoo = join(packageRoot(), 'models', 'zoo');
const names = readdirSync(zoo).filter((name) => existsSync(join(zoo, name, MANIFEST_FILE)));

describe('the zoo', () => {
  for (const name of names) {
    it(`${name}: its weights are those of its manifest; it has a card, a licence and a recipe`, async () => {
      const { manifest } = await loadBundle(join(zoo, name));
      assert.equal(manifest.name, name);
      assert.match(manifest.licence, /^(CC0-1\.0|CC-BY-4\.0)$/);
      assert.ok(existsSync(join(packageRoot(), String(manifest.provenance.recipe))));
      const card = readFileSync(join(zoo, name, 'README.md'), 'utf8');
      for (const [, file] of card.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
        assert.ok(existsSync(join(zoo, name, file!)), file);
    });
  }

  for (const large of names.filter((name) => name.endsWith('-large'))) {
    const small = large.slice(0, -'-large'.length);
    it(`${large} takes the place of ${small}: the same inputs, samples and emphasis`, async () => {
      const [one, other] = await Promise.all([loadBundle(join(zoo, large)), loadBundle(join(zoo, small))]);
      assert.deepEqual(one.manifest.conditioning, other.manifest.conditioning);
      assert.deepEqual(one.manifest.quantiser, other.manifest.quantiser);
      assert.deepEqual(one.manifest.sampling, other.manifest.sampling);
      assert.equal(one.manifest.emphasis, other.manifest.emphasis);
    });
  }
});
