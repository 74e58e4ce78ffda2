/** What a GPU's providers need of the machine, and whether it is there. Looks only: loads no driver. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasCudaProvider, type RuntimeFolder } from '../../../models/index.js';
import type { Finding } from '../examine.js';

/** What is looked at, so that tests can say it. */
export interface Machine {
  /** The text of `ldconfig -p`; empty where there is none. */
  readonly loaderCache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names in a folder; none of one that is not there. */
  filesIn(folder: string): readonly string[];
}

/** By CUDA 12 and cuDNN 9, as the provider of ONNX Runtime 1.30 wants them. */
const CUDA_LIBRARIES = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcurand.so.10',
  'libcufft.so.11',
  'libcudnn.so.9',
];
/** Where the Vulkan loader looks on Linux. */
const VULKAN_DRIVER_FOLDERS = [
  '/usr/local/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
];

export function thisMachine(): Machine {
  const { stdout } = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/sbin:/usr/sbin` },
  });
  return {
    loaderCache: stdout ?? '',
    env: process.env,
    filesIn: (folder) => {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    },
  };
}

export function examineGpu(machine: Machine, runtime: RuntimeFolder | undefined): readonly Finding[] {
  return [
    driver(machine),
    ...vulkan(machine),
    runtimePackage(runtime),
    ...(runtime === undefined ? [] : [cudaProvider(runtime)]),
    cudaLibraries(machine),
  ];
}

/** In the loader's cache, or in a folder of LD_LIBRARY_PATH. */
export function hasLibrary({ loaderCache, env, filesIn }: Machine, name: string): boolean {
  if (loaderCache.split('\n').some((line) => line.trim().startsWith(`${name} `))) return true;
  const folders = (env.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean);
  return folders.some((folder) => filesIn(folder).includes(name));
}

function driver(machine: Machine): Finding {
  const [name, library] = ['NVIDIA driver', 'libcuda.so.1'];
  if (hasLibrary(machine, library)) return { name, isHere: true, detail: library };
  return {
    name,
    isHere: false,
    detail: `the loader finds no ${library}`,
    instead: 'no cuda, neither as a stepper nor as a provider',
    remedy: "install NVIDIA's driver, where there is such a GPU",
  };
}

function vulkan(machine: Machine): Finding[] {
  const instead = 'no webgpu';
  const loader = 'libvulkan.so.1';
  const isLoaderHere = hasLibrary(machine, loader);
  const drivers = vulkanDrivers(machine);
  return [
    isLoaderHere
      ? { name: 'Vulkan loader', isHere: true, detail: loader }
      : {
          name: 'Vulkan loader',
          isHere: false,
          detail: `the loader finds no ${loader}`,
          instead,
          remedy: 'the package libvulkan1',
        },
    drivers.length > 0
      ? { name: 'Vulkan driver', isHere: true, detail: drivers.join(', ') }
      : {
          name: 'Vulkan driver',
          isHere: false,
          detail: `none in ${VULKAN_DRIVER_FOLDERS.join(', ')}`,
          instead,
          remedy:
            "install that of the GPU (NVIDIA's own, or mesa-vulkan-drivers), or name its .json in VK_DRIVER_FILES",
        },
  ];
}

/** Of the files that describe drivers: those that VK_DRIVER_FILES names instead of all others. */
function vulkanDrivers({ env, filesIn }: Machine): string[] {
  const named = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  if (named) return named.split(delimiter).filter(Boolean);
  return VULKAN_DRIVER_FOLDERS.flatMap((folder) =>
    filesIn(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => join(folder, file)),
  );
}

function runtimePackage(runtime: RuntimeFolder | undefined): Finding {
  const name = 'onnxruntime-node';
  if (runtime !== undefined) return { name, isHere: true, detail: runtime.version };
  return {
    name,
    isHere: false,
    detail: 'the optional package is not installed',
    instead: 'no stepper onnx',
    remedy: 'npm install onnxruntime-node (290 MB)',
  };
}

function cudaProvider(runtime: RuntimeFolder): Finding {
  const name = 'CUDA provider of ONNX Runtime';
  if (hasCudaProvider(runtime)) return { name, isHere: true, detail: runtime.libraries };
  const detail = `not in ${runtime.libraries}`;
  return { name, isHere: false, detail, instead: 'no provider cuda', remedy: 'npm run gpu:install' };
}

function cudaLibraries(machine: Machine): Finding {
  const name = 'CUDA 12 and cuDNN 9';
  const missing = CUDA_LIBRARIES.filter((library) => !hasLibrary(machine, library));
  if (missing.length === 0) return { name, isHere: true, detail: CUDA_LIBRARIES.join(', ') };
  return {
    name,
    isHere: false,
    detail: `the loader finds no ${missing.join(', ')}`,
    instead: 'no provider cuda; the stepper cuda needs none of it',
    remedy: "install NVIDIA's packages of them, or put their folder into LD_LIBRARY_PATH",
  };
}
