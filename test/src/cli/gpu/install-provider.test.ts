import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCudaProvider, type RuntimeFolder } from '../../../../models/index.js';
import { readMetadata } from '../../../../src/cli/gpu/cuda-package.js';
import { type InstallPlan, installProvider, planInstall } from '../../../../src/cli/gpu/install-provider.js';
import { assertCliError } from '../../../support/cli-errors.js';
import {
  CUDA,
  ELF_BYTES,
  fakeFeed,
  gpuArchive,
  packageMetadata,
  SHARED,
} from '../../../support/gpu-package.js';
import { useTempFolder } from '../../../support/temp-folder.js';

describe('installing the CUDA provider', () => {
  const folder = useTempFolder();

  function planIn(into: string): InstallPlan {
    return {
      package: readMetadata(packageMetadata(), 'linux/x64', '1.30.0')!,
      folder: into,
      isInstalled: false,
    };
  }

  it('puts both files where the runtime looks, over older ones, and leaves nothing else', async () => {
    writeFileSync(folder.path(CUDA), 'old');
    const installed = await installProvider(planIn(folder.path()), { fetch: fakeFeed() });
    assert.deepEqual(readdirSync(folder.path()).sort(), [CUDA, SHARED].sort());
    for (const name of [CUDA, SHARED]) assert.deepEqual(readFileSync(folder.path(name)), ELF_BYTES);
    assert.deepEqual(
      installed.files.map(({ bytes }) => bytes),
      [ELF_BYTES.length, ELF_BYTES.length],
    );
    const runtime: RuntimeFolder = { root: '', version: '1.30.0', libraries: folder.path() };
    assert.ok(hasCudaProvider(runtime));
  });

  it('changes nothing when what comes is not what was stated', async () => {
    const archive = gpuArchive();
    archive[archive.length - 1]! ^= 1;
    await assertCliError(
      () => installProvider(planIn(folder.path()), { fetch: fakeFeed({ archive }) }),
      'CLI_GPU_INSTALL',
    );
    assert.deepEqual(readdirSync(folder.path()), []);
  });

  it('changes nothing when a file in it is no library', async () => {
    const archive = gpuArchive(Buffer.from('#!/bin/sh'));
    const { createHash } = await import('node:crypto');
    const catalogue = {
      packageSize: archive.length,
      packageHash: createHash('sha512').update(archive).digest('base64'),
    };
    const feed = fakeFeed({ archive, catalogue });
    await assertCliError(
      () => installProvider(planIn(folder.path()), { fetch: feed }),
      'CLI_GPU_INSTALL',
      /no library/,
    );
    assert.deepEqual(readdirSync(folder.path()), []);
  });

  it('says so when the folder is not there', () =>
    assertCliError(
      () => installProvider(planIn(folder.path('gone')), { fetch: fakeFeed() }),
      'CLI_GPU_INSTALL',
      /cannot be written/,
    ));

  it('is planned without any network, from what the package says', async () => {
    const script = folder.path('script');
    mkdirSync(script);
    const metadata = packageMetadata();
    const system = `${process.platform}/${process.arch}`;
    const here = {
      ...metadata,
      requirements: { [system]: ['cuda12'] },
      manifests: { [`${system}:cuda12`]: Object.values(metadata.manifests)[0] },
    };
    const text = `module.exports = ${JSON.stringify(here)};`;
    writeFileSync(join(script, 'install-metadata.js'), text);
    writeFileSync(folder.path('package.json'), '{}');
    const plan = planInstall({ root: folder.path(), version: '1.30.0', libraries: folder.path() });
    assert.equal(plan.package.name, 'Some.Runtime.Gpu');
    assert.equal(plan.isInstalled, false);
  });

  it('needs the package, and one that says where its provider is', async () => {
    await assertCliError(() => planInstall(undefined), 'CLI_GPU_INSTALL', /not installed/);
    const runtime: RuntimeFolder = { root: folder.path(), version: '1', libraries: folder.path() };
    await assertCliError(() => planInstall(runtime), 'CLI_GPU_INSTALL', /install-metadata\.js is missing/);
  });
});
