import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors, importCheckpoint, loadBundle } from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import { goldens } from '../../support/shared-data.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

describe('import of a checkpoint', () => {
  it('gives the same bundle from torch.save and from safetensors, with and without a configuration', async function () {
    this.timeout(240_000);
    const folder = goldens(this, 'tiny');
    await withTemporaryFolder(async (temporary) => {
      const variants = [
        { file: 'model.pt', config: join(folder, 'config.json') },
        { file: 'model.pt' },
        { file: 'model.safetensors', config: join(folder, 'config.json') },
      ];
      const weights = [];
      for (const [i, { file, ...options }] of variants.entries()) {
        const out = join(temporary, `tiny-${i}`);
        const shares: number[] = [];
        const onProgress = (share: number) => void shares.push(share);
        const result = await importCheckpoint({ file: join(folder, file), out, ...options, onProgress });
        assert.equal(result.dialect, 'standalone');
        assert.equal(result.assumptions.includes('dt_transform = exp'), options.config === undefined);
        assert.equal(shares.at(-1), 1);
        assert.deepEqual(
          shares,
          shares.toSorted((a, b) => a - b),
        );
        const { manifest } = await loadBundle(out);
        assert.equal(manifest.name, `tiny-${i}`);
        assert.deepEqual(manifest.architecture.pool, [4, 4]);
        assert.equal(manifest.architecture.ssm.kind, 's4');
        weights.push(manifest.weights.sha256);
      }
      assert.equal(new Set(weights).size, 1);
    });
  });

  it('tells a configuration that contradicts the shapes', async function () {
    const folder = goldens(this, 'tiny');
    await refused(join(folder, 'model.pt'), 'MODEL_CHECKPOINT_CONFIG', /n_layers = 8/, '{"n_layers": 8}');
  });

  it('tells a transform that it does not know, by name', async function () {
    const folder = goldens(this, 's4d_zoh');
    await refused(
      join(folder, 'model.pt'),
      'MODEL_CHECKPOINT_CONFIG',
      /dt_transform .*"relu"/,
      '{"dt_transform": "relu"}',
    );
  });

  it('reads a configuration in YAML as in JSON', async function () {
    const folder = goldens(this, 'tiny');
    await refused(
      join(folder, 'model.pt'),
      'MODEL_CHECKPOINT_CONFIG',
      /n_layers = 8/,
      'model:\n  n_layers: 8 # of the paper\n',
    );
  });

  for (const [what, config] of [
    ['neither JSON nor YAML', '{"d_model": 16'],
    ['a list', '- 16'],
    ['a bomb of aliases', yamlBomb()],
  ] as const) {
    it(`tells a configuration that is ${what}`, async function () {
      const folder = goldens(this, 'tiny');
      await refused(join(folder, 'model.pt'), 'MODEL_CHECKPOINT_CONFIG', /JSON/, config);
    });
  }

  it('asks for the value that neither checkpoint nor configuration has, by name', async function () {
    const folder = goldens(this, 'lightning_v4');
    await refused(join(folder, 'model.safetensors'), 'MODEL_CHECKPOINT_CONFIG', /dt_transform/);
  });

  it('names the keys of a dialect that it does not know', () =>
    withTemporaryFolder(async (temporary) => {
      const file = join(temporary, 'm');
      await writeFile(file, encodeSafetensors([['lstm.weight', { shape: [1], data: Float32Array.of(1) }]]));
      await refused(file, 'MODEL_DIALECT', /standalone .* lstm\.weight/);
    }));

  it('refuses a truncated checkpoint', async function () {
    this.timeout(240_000);
    const whole = await readFile(join(goldens(this, 'tiny'), 'model.pt'));
    await withTemporaryFolder(async (temporary) => {
      for (const share of [0.1, 0.5, 0.9, 0.9999]) {
        const file = join(temporary, 'cut.pt');
        await writeFile(file, whole.subarray(0, Math.floor(share * whole.length)));
        await refused(file, 'MODEL_ZIP', /./);
      }
    });
  });

  it('names the parameter that is missing', async function () {
    const whole = await readFile(join(goldens(this, 'tiny'), 'model.safetensors'));
    const at = whole.indexOf('"model.norm.bias"');
    whole.write('"model.norm.Bias"', at);
    await withTemporaryFolder(async (temporary) => {
      await writeFile(join(temporary, 'm'), whole);
      await refused(join(temporary, 'm'), 'MODEL_CHECKPOINT_KEYS', /model\.norm\.bias/);
    });
  });

  it('tells a file that is not there, and a folder that is', async () => {
    await refused('/nowhere/model.pt', 'MODEL_FILE', /nowhere/);
    await withTemporaryFolder((temporary) =>
      assertModelError(() => importCheckpoint({ file: 'x', out: temporary }), 'MODEL_OUT_EXISTS'),
    );
  });
});

/** Ten lines that would become ten to the ninth values. */
function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) {
    const aliases = Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ');
    lines.push(`a${i}: &a${i} [${aliases}]`);
  }
  return lines.join('\n');
}

/** Importing `file` fails with this error and leaves nothing in the output's folder. */
async function refused(
  file: string,
  code: Parameters<typeof assertModelError>[1],
  message: RegExp,
  config?: string,
): Promise<void> {
  await withTemporaryFolder(async (temporary) => {
    const configFile = join(temporary, 'config.json');
    if (config !== undefined) await writeFile(configFile, config);
    const options = config === undefined ? {} : { config: configFile };
    await assertModelError(
      () => importCheckpoint({ file, out: join(temporary, 'out'), ...options }),
      code,
      message,
    );
    assert.deepEqual(await readdir(temporary), config === undefined ? [] : ['config.json']);
  });
}
