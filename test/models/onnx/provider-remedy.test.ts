import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { providerRemedy } from '../../../models/onnx/run/provider-remedy.js';
import {
  CUDA_PROVIDER_FILES,
  hasCudaProvider,
  runtimeFolder,
} from '../../../models/onnx/run/runtime-folder.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('what to do about a provider', () => {
  const folder = useTempFolder();

  it('is a driver and a loader for webgpu', () => {
    assert.match(providerRemedy('webgpu', undefined)!, /Vulkan.*libvulkan1/);
  });

  it('is to install the provider cuda, and once it is there, CUDA', () => {
    const runtime = { root: folder.path(), version: '1', libraries: folder.path() };
    assert.ok(!hasCudaProvider(runtime));
    assert.match(providerRemedy('cuda', runtime)!, /npm run gpu:install/);
    for (const name of CUDA_PROVIDER_FILES) writeFileSync(folder.path(name), '');
    assert.ok(hasCudaProvider(runtime));
    assert.match(providerRemedy('cuda', runtime)!, /CUDA 12 and cuDNN 9/);
  });

  it('is what the catalogue says for the others', () => {
    for (const provider of ['cpu', 'coreml', 'dml'] as const)
      assert.equal(providerRemedy(provider, undefined), undefined);
  });

  it('starts from where the package is', async function () {
    assert.equal(runtimeFolder('onnxruntime-not-there'), undefined);
    await needsOnnxRuntime(this);
    const runtime = runtimeFolder()!;
    assert.match(runtime.version, /^1\.\d+\.\d+/);
    assert.ok(runtime.libraries.startsWith(runtime.root));
  });
});
