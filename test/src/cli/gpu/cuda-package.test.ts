import assert from 'node:assert/strict';
import { runtimeFolder } from '../../../../models/index.js';
import { cudaPackage, readMetadata } from '../../../../src/cli/gpu/cuda-package.js';
import { assertCliError } from '../../../support/cli-errors.js';
import { CUDA, packageMetadata, SHARED } from '../../../support/gpu-package.js';

describe('what onnxruntime-node says of its CUDA provider', () => {
  it('is a package of its own version, and two files in it', () => {
    assert.deepEqual(readMetadata(packageMetadata(), 'linux/x64', '1.30.0'), {
      feed: 'https://feed.test/index.json',
      name: 'Some.Runtime.Gpu',
      version: '1.30.0',
      files: [SHARED, CUDA].map((name) => ({ name, path: `runtimes/${name}` })),
    });
  });

  it('is nothing for a system without one', () => {
    for (const system of ['darwin/arm64', 'win32/x64', 'constructor'])
      assert.equal(readMetadata(packageMetadata(), system, '1.30.0'), undefined);
  });

  it('is understood in the version that is installed', function () {
    const runtime = runtimeFolder();
    if (runtime === undefined || process.platform !== 'linux' || process.arch !== 'x64') return this.skip();
    const found = cudaPackage(runtime)!;
    assert.equal(found.version, runtime.version);
    assert.match(found.feed, /^https:/);
    assert.equal(found.files.length, 2);
  });

  const good = packageMetadata();
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['another version', packageMetadata('1.29.0'), /no version 1\.30\.0/],
    ['no file of that name', { ...good, manifests: { 'linux/x64:cuda12': {} } }, /where a text should be/],
    ['no package', { ...good, packages: {} }, /no version/],
    ['no feed', { ...good, feeds: {} }, /unknown kind undefined/],
    ['a feed of another kind', { ...good, feeds: { main: { type: 'ftp', index: 'x' } } }, /unknown kind ftp/],
  ];
  for (const [what, metadata, message] of wrong) {
    it(`is refused with ${what}`, () =>
      assertCliError(() => readMetadata(metadata, 'linux/x64', '1.30.0'), 'CLI_GPU_INSTALL', message));
  }

  it('is no crash when it is something else altogether', () => {
    for (const metadata of [undefined, null, 7, 'text', [], { requirements: 'cuda12' }])
      assert.equal(readMetadata(metadata, 'linux/x64', '1.30.0'), undefined);
  });
});
