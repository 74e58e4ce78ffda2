import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where the optional package onnxruntime-node lies. */
export interface RuntimeFolder {
  /** Of the package. */
  readonly root: string;
  readonly version: string;
  /** Of its libraries for this system: there it looks for those of providers, too. */
  readonly libraries: string;
}

/** What the provider cuda is, below `libraries`; neither comes with the package from npm. */
export const CUDA_PROVIDER_FILES: readonly string[] = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
];

/** Undefined without the package, or where its libraries for this system are missing. */
export function runtimeFolder(packageName = 'onnxruntime-node'): RuntimeFolder | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    const { version, binary } = JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
    const api = binary?.napi_versions?.[0];
    const root = dirname(file);
    const libraries = join(root, 'bin', `napi-v${api}`, process.platform, process.arch);
    if (version === undefined || !existsSync(libraries)) return undefined;
    return { root, version, libraries };
  } catch {
    return undefined;
  }
}

interface PackageFile {
  readonly version?: string;
  readonly binary?: { readonly napi_versions?: readonly number[] };
}

export function hasCudaProvider({ libraries }: RuntimeFolder): boolean {
  return CUDA_PROVIDER_FILES.every((name) => existsSync(join(libraries, name)));
}
