/** Which package has the CUDA provider of the installed ONNX Runtime: onnxruntime-node says so itself. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CUDA_PROVIDER_FILES, type RuntimeFolder } from '../../../models/index.js';
import { CliError } from '../errors.js';

export interface CudaPackage {
  /** Address of the feed's index, https. */
  readonly feed: string;
  readonly name: string;
  /** That of ONNX Runtime: another one does not fit. */
  readonly version: string;
  /** What is taken from it. */
  readonly files: readonly PackagedFile[];
}

export interface PackagedFile {
  /** In the folder of the runtime's libraries. */
  readonly name: string;
  /** In the package. */
  readonly path: string;
}

const METADATA_PATH = ['script', 'install-metadata.js'];

/** Undefined where there is no CUDA provider for this system. Throws CLI_GPU_INSTALL when the package does not say. */
export function cudaPackage(runtime: RuntimeFolder): CudaPackage | undefined {
  const file = join(runtime.root, ...METADATA_PATH);
  if (!existsSync(file)) throw unknown(`${METADATA_PATH.join('/')} is missing`);
  const metadata = createRequire(import.meta.url)(file) as unknown;
  return readMetadata(metadata, `${process.platform}/${process.arch}`, runtime.version);
}

/** @internal For tests. `system` is platform/arch as Node names them. */
export function readMetadata(metadata: unknown, system: string, version: string): CudaPackage | undefined {
  const key = list(at(metadata, 'requirements', system)).find((name) => /^cuda\d+$/.test(String(name)));
  if (key === undefined) return undefined;
  const manifest = at(metadata, 'manifests', `${system}:${key}`);
  const entries = CUDA_PROVIDER_FILES.map((name) => ({ name, entry: at(manifest, `./${name}`) }));
  const sources = new Set(entries.map(({ entry }) => text(at(entry, 'package'))));
  if (sources.size !== 1) throw unknown(`it names ${sources.size} packages`);
  const source = at(metadata, 'packages', [...sources][0]!);
  const found = list(at(source, 'versions')).find((entry) => at(entry, 'version') === version);
  if (found === undefined) throw unknown(`it names no version ${version}`);
  const feed = at(metadata, 'feeds', text(at(found, 'feed')));
  if (at(feed, 'type') !== 'nuget')
    throw unknown(`its feed is of the unknown kind ${String(at(feed, 'type'))}`);
  return {
    feed: text(at(feed, 'index')),
    name: text(at(source, 'name')),
    version,
    files: entries.map(({ name, entry }) => ({ name, path: text(at(entry, 'path')) })),
  };
}

/** The value of a row of own fields, or undefined. */
function at(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw unknown(`it has ${JSON.stringify(value)} where a text should be`);
}

function unknown(reason: string): CliError {
  return new CliError(
    'CLI_GPU_INSTALL',
    `onnxruntime-node does not say where its CUDA provider comes from: ${reason}.`,
    { remedy: 'Run npm ci for the version that this program was made with.' },
  );
}
