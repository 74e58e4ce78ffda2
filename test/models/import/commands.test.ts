/** What a person sees of an import, of a model that cannot be played, and of an export. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runCli } from '../../support/run-cli.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { safetensorsOf, syntheticCheckpoint } from './synthetic-checkpoint.js';

describe('the commands for checkpoints', function () {
  this.timeout(240_000);
  const folder = useTempFolder();

  it('import asks for a value by name, then tells what it found; export brings the weights home', async () => {
    const file = folder.path('v4.safetensors');
    writeFileSync(file, safetensorsOf(syntheticCheckpoint({ names: 'v4' })));
    const out = folder.path('v4');
    const refused = await runCli(['model', 'import', file, '--out', out]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /MODEL_CHECKPOINT_CONFIG: Expected dt_transform/);

    const config = folder.path('config.yaml');
    writeFileSync(config, 'model:\n  layer:\n    dt_transform: exp\n');
    const { code, stdout, stderr } = await runCli([
      'model',
      'import',
      file,
      '--out',
      out,
      '--config',
      config,
    ]);
    assert.equal(code, 0, stderr);
    for (const part of ['dialect v4', 'dt_transform = exp', 'rings', 'stable', 'bits of surprise']) {
      assert.ok(stdout.includes(part), `${part} in ${stdout}`);
    }

    const home = folder.path('home.safetensors');
    const exported = await runCli(['model', 'export', out, '--names', 'v4', '--out', home]);
    assert.equal(exported.code, 0, exported.stderr);
    const again = await runCli(['model', 'export', out, '--names', 'v4', '--out', home]);
    assert.match(again.stderr, /^MODEL_OUT_EXISTS/);
    const back = await runCli(['model', 'import', home, '--out', folder.path('back'), '--config', config]);
    assert.equal(back.code, 0, back.stderr);
  });
});
