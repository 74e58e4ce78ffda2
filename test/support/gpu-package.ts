/** A package feed that is none, and what onnxruntime-node says of it. */
import { createHash } from 'node:crypto';
import type { Fetch } from '../../src/cli/gpu/package-feed.js';
import { zipBytes } from './zip-bytes.js';

export const ELF_BYTES = Buffer.concat([
  Buffer.from([0x7f, 0x45, 0x4c, 0x46]),
  Buffer.alloc(5000, 'library'),
]);
export const SHARED = 'libonnxruntime_providers_shared.so';
export const CUDA = 'libonnxruntime_providers_cuda.so';

/** As script/install-metadata.js of onnxruntime-node exports it. */
export function packageMetadata(version = '1.30.0') {
  const inPackage = (name: string) => ({ package: 'gpu', path: `runtimes/${name}` });
  return {
    requirements: { 'linux/x64': ['cuda12'], 'darwin/arm64': [] },
    manifests: { 'linux/x64:cuda12': { [`./${SHARED}`]: inPackage(SHARED), [`./${CUDA}`]: inPackage(CUDA) } },
    packages: { gpu: { name: 'Some.Runtime.Gpu', versions: [{ feed: 'main', version }] } },
    feeds: { main: { type: 'nuget', index: 'https://feed.test/index.json' } },
  };
}

/** The package itself. */
export function gpuArchive(bytes: Uint8Array = ELF_BYTES): Uint8Array {
  return zipBytes([SHARED, CUDA].map((name) => ({ name: `runtimes/${name}`, bytes, deflate: true })));
}

export interface FeedLies {
  readonly archive?: Uint8Array;
  /** In the place of an answer: by the end of the address. */
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly catalogue?: Readonly<Record<string, unknown>>;
}

/** Answers as a feed would; what it does not have is 404. */
export function fakeFeed({ archive = gpuArchive(), answers = {}, catalogue = {} }: FeedLies = {}): Fetch & {
  readonly asked: string[];
} {
  const honest: Readonly<Record<string, unknown>> = {
    'https://feed.test/index.json': {
      resources: [
        { '@id': 'https://feed.test/flat', '@type': 'PackageBaseAddress/3.0.0' },
        { '@id': 'https://feed.test/reg/', '@type': 'RegistrationsBaseUrl/3.6.0' },
      ],
    },
    'https://feed.test/reg/some.runtime.gpu/1.30.0.json': { catalogEntry: 'https://feed.test/entry.json' },
    'https://feed.test/entry.json': {
      packageHash: createHash('sha512').update(gpuArchive()).digest('base64'),
      packageHashAlgorithm: 'SHA512',
      packageSize: gpuArchive().length,
      ...catalogue,
    },
    'https://feed.test/flat/some.runtime.gpu/1.30.0/some.runtime.gpu.1.30.0.nupkg': archive,
    ...answers,
  };
  const asked: string[] = [];
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url);
    const answer = honest[url];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) return new Response('', { status: 404 });
    if (answer instanceof Uint8Array) return new Response(answer as Uint8Array<ArrayBuffer>);
    return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  return Object.assign(fetch, { asked });
}
