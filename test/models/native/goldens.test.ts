/** The official code's logits, through the C++ core. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importCheckpoint } from '../../../models/import/import.js';
import { packageRoot } from '../../../models/package-root.js';
import { verifyGolden } from '../../../models/verify.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { nativeMissing, variants } from './variants.js';

const goldens = process.env.SASHIMI_GOLDENS ?? resolve(packageRoot(), '..', 'shared', 'goldens');

describe(`the C++ core equals the official code${nativeMissing}`, () => {
  const temp = useTempFolder();
  for (const golden of ['tiny', 's4d_zoh']) {
    const folder = join(goldens, golden);
    const isThere = existsSync(join(folder, 'io.safetensors'));
    const title = `golden ${golden}${isThere ? '' : ' (skipped: no goldens; set SASHIMI_GOLDENS)'}`;
    it(title, async function () {
      if (!isThere) this.skip();
      this.timeout(120_000);
      const { bundle } = await importCheckpoint({
        file: join(folder, 'model.pt'),
        config: join(folder, 'config.json'),
        out: temp.path(golden.replace('_', '-')),
      });
      for (const { name, create } of variants) {
        const report = await verifyGolden(bundle, folder, await create(bundle));
        assert.ok(report.ok, `${name}: ${JSON.stringify(report)}`);
        assert.equal(report.greedyEqual, true);
      }
    });
  }
});
