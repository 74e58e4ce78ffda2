/** Fetches the CUDA provider of the installed ONNX Runtime and puts it beside that. */
import { hasCudaProvider, type RuntimeFolder } from '../../../models/index.js';
import { CliError } from '../errors.js';
import { type CudaPackage, cudaPackage } from './cuda-package.js';
import { type DownloadOptions, downloadPackage, resolvePackage } from './package-feed.js';
import { type PlacedFile, placeLibraries } from './place-libraries.js';

export interface InstallPlan {
  readonly package: CudaPackage;
  /** Where the files go. */
  readonly folder: string;
  /** The files are there already; installing replaces them. */
  readonly isInstalled: boolean;
}

/** Asks no network. Throws CLI_GPU_INSTALL where there is no such provider. */
export function planInstall(runtime: RuntimeFolder | undefined): InstallPlan {
  if (runtime === undefined) {
    throw new CliError('CLI_GPU_INSTALL', 'The optional package onnxruntime-node is not installed.', {
      remedy: 'Run npm install onnxruntime-node (290 MB), then this again.',
    });
  }
  const wanted = cudaPackage(runtime);
  if (wanted === undefined) {
    throw new CliError(
      'CLI_GPU_INSTALL',
      `ONNX Runtime ${runtime.version} has no CUDA provider for ${process.platform} ${process.arch}.`,
      { remedy: 'Use --provider webgpu, which needs nothing but a driver.' },
    );
  }
  return { package: wanted, folder: runtime.libraries, isInstalled: hasCudaProvider(runtime) };
}

export interface Installed {
  readonly url: string;
  /** Of the package, as its feed states it and as it was received. */
  readonly sha512: string;
  readonly files: readonly PlacedFile[];
}

/** Throws CLI_GPU_INSTALL; then nothing has changed. */
export async function installProvider(plan: InstallPlan, options: DownloadOptions = {}): Promise<Installed> {
  const found = await resolvePackage(plan.package, options);
  const archive = await downloadPackage(found, options);
  const files = await placeLibraries(archive, plan.package.files, plan.folder);
  return { url: found.url, sha512: found.sha512, files };
}
