import assert from 'node:assert/strict';
import { examineGpu, hasLibrary, type Machine } from '../../../../src/cli/gpu/machine.js';

const bare: Machine = { loaderCache: '', env: {}, filesIn: () => [] };
const cache = (...names: string[]): string =>
  `${names.length} libs found in cache\n${names.map((name) => `\t${name} (libc6,x86-64) => /lib/${name}\n`).join('')}`;
const cuda = ['cudart.so.12', 'cublas.so.12', 'cublasLt.so.12', 'curand.so.10', 'cufft.so.11', 'cudnn.so.9'];

function missing(machine: Machine): string[] {
  return examineGpu(machine, undefined)
    .filter(({ isHere }) => !isHere)
    .map(({ name }) => name);
}

describe('what a GPU needs of the machine', () => {
  it('is all missing on a bare one, with what to do', () => {
    const findings = examineGpu(bare, undefined);
    assert.ok(findings.length >= 5);
    for (const { name, isHere, detail, instead, remedy } of findings) {
      assert.equal(isHere, false, name);
      assert.ok(detail && instead && remedy, name);
    }
  });

  it('is found in the cache of the loader, and in LD_LIBRARY_PATH', () => {
    const machine: Machine = {
      loaderCache: cache('libcuda.so.1', 'libvulkan.so.1'),
      env: { LD_LIBRARY_PATH: ':/opt/cuda:' },
      filesIn: (folder) => {
        if (folder === '/opt/cuda') return cuda.map((name) => `lib${name}`);
        return folder === '/etc/vulkan/icd.d' ? ['nvidia_icd.json', 'README'] : [];
      },
    };
    assert.deepEqual(missing(machine), ['onnxruntime-node']);
    const vulkan = examineGpu(machine, undefined).find(({ name }) => name === 'Vulkan driver')!;
    assert.equal(vulkan.detail, '/etc/vulkan/icd.d/nvidia_icd.json');
  });

  it('takes the names of libraries whole', () => {
    const machine = { ...bare, loaderCache: cache('libcuda.so.11', 'libcublasLt.so.12') };
    assert.ok(!hasLibrary(machine, 'libcuda.so.1'));
    assert.ok(!hasLibrary(machine, 'libcublas.so.12'));
    assert.ok(hasLibrary(machine, 'libcublasLt.so.12'));
  });

  it('names the CUDA libraries that are missing', () => {
    const machine = { ...bare, loaderCache: cache('libcudart.so.12', 'libcudnn.so.9') };
    const { detail } = examineGpu(machine, undefined).at(-1)!;
    assert.match(detail, /no libcublas\.so\.12, libcublasLt\.so\.12/);
    assert.doesNotMatch(detail, /cudart|cudnn/);
  });

  it('counts the Vulkan drivers that the environment names, and then no others', () => {
    for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
      const machine: Machine = {
        ...bare,
        env: { [name]: '/a.json:/b.json' },
        filesIn: () => ['other.json'],
      };
      const found = examineGpu(machine, undefined).find((finding) => finding.name === 'Vulkan driver')!;
      assert.equal(found.detail, '/a.json, /b.json');
    }
  });
});
