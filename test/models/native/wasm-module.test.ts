/** The committed module is what the sources make. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/package-root.js';
import { useTempFolder } from '../../support/temp-folder.js';

const folder = join(packageRoot(), 'models', 'native', 'wasm');
const sources = JSON.parse(readFileSync(join(folder, 'sashimi.wasm.json'), 'utf8')) as {
  sources: string;
  compiler: string;
};

describe('sashimi.wasm', () => {
  const temp = useTempFolder();

  it('was built from the sources that are here', () => {
    const { stdout } = spawnSync(process.execPath, [join(folder, 'describe-build.mjs'), sources.compiler], {
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(stdout), sources, 'run models/native/wasm/build.sh and commit its result');
  });

  it('is small', () => {
    assert.ok(readFileSync(join(folder, 'sashimi.wasm')).length < 100_000);
  });

  const version =
    spawnSync('clang++', ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'no clang++';
  const isSame = version === sources.compiler && spawnSync('wasm-ld', ['--version']).status === 0;
  const skipped = isSame
    ? ''
    : ` (skipped: it was built by ${sources.compiler} with lld, here is ${version})`;
  it(`comes out the same to the byte when built again${skipped}`, function () {
    if (!isSame) return this.skip();
    this.timeout(240_000);
    const { status, stderr } = spawnSync('sh', [join(folder, 'build.sh'), temp.path('again.wasm')], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(readFileSync(temp.path('again.wasm')), readFileSync(join(folder, 'sashimi.wasm')));
  });
});
