/** Every golden folder that is there: imported, then held against what the official code computed. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  chooseStepper,
  importCheckpoint,
  loadBundle,
  loadNative,
  packageRoot,
  parseSafetensors,
  verifyGolden,
} from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

const root = process.env.SASHIMI_GOLDENS ?? join(packageRoot(), '..', 'shared', 'goldens');
const FILES = ['checkpoint.ckpt', 'model.pt', 'model.safetensors', '4.pkl'];

interface Golden {
  readonly name: string;
  readonly files: readonly string[];
}

const found: readonly Golden[] = existsSync(root)
  ? readdirSync(root)
      .map((name) => ({ name, files: FILES.filter((file) => existsSync(join(root, name, file))) }))
      .filter(({ files }) => files.length > 0)
  : [];

describe(`goldens of every dialect${found.length > 0 ? '' : ' (skipped: none here; set SASHIMI_GOLDENS)'}`, () => {
  for (const { name, files } of found) {
    for (const file of files) {
      it(`${name}/${file} plays with the numbers of the original, or is refused with the reason`, async function () {
        this.timeout(300_000);
        const folder = join(root, name);
        await withTemporaryFolder(async (temporary) => {
          const out = join(temporary, 'bundle');
          await importCheckpoint({ file: join(folder, file), config: join(folder, 'config.json'), out });
          const bundle = await loadBundle(out);
          if (await isAutoregressive(folder)) await verifyWithAll(bundle, folder);
          else
            await assertModelError(
              () => chooseStepper(bundle, 'auto'),
              'MODEL_UNSUPPORTED',
              /diffusion|bidirectional/,
            );
        });
      });
    }
  }
});

async function isAutoregressive(folder: string): Promise<boolean> {
  return parseSafetensors(await readFile(join(folder, 'io.safetensors'))).tensors.has('logits_step');
}

async function verifyWithAll(bundle: Bundle, folder: string): Promise<void> {
  const choices = loadNative().ok ? (['reference', 'native'] as const) : (['reference'] as const);
  for (const choice of choices) {
    const { stepper } = await chooseStepper(bundle, choice);
    const report = await verifyGolden(bundle, folder, stepper);
    assert.ok(report.ok, `${choice}: ${JSON.stringify(report)}`);
  }
}
