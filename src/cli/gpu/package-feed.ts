/** Fetches a package from a NuGet feed (protocol 3), held against the size and the hash that the feed's catalogue states. */
import { createHash } from 'node:crypto';
import { CliError } from '../errors.js';
import type { CudaPackage } from './cuda-package.js';

/** As the global one; tests pass another. */
export type Fetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>;

export interface FeedPackage {
  /** Of the package, a zip file. */
  readonly url: string;
  readonly bytes: number;
  /** Base64. */
  readonly sha512: string;
}

export interface DownloadOptions {
  readonly fetch?: Fetch;
  /** Told as the package comes: bytes of it that are there, of how many. */
  readonly onBytes?: (bytes: number, total: number) => void;
}

/** More than any of these packages has. */
const MAX_PACKAGE_BYTES = 2 ** 30;
const MAX_JSON_BYTES = 4 * 2 ** 20;
/** Without a byte for so long, the feed is given up. */
const STALL_MS = 30_000;
const BASE_ADDRESS = 'PackageBaseAddress/3.0.0';
/** The newest of these is taken. */
const REGISTRATIONS = ['RegistrationsBaseUrl/3.6.0', 'RegistrationsBaseUrl/3.4.0', 'RegistrationsBaseUrl'];

/** Where a package is, its size and its hash. Throws CLI_GPU_INSTALL. */
export async function resolvePackage(
  { feed, name, version }: CudaPackage,
  options: DownloadOptions = {},
): Promise<FeedPackage> {
  const index = await json(feed, options);
  const id = name.toLowerCase();
  const base = resource(index, [BASE_ADDRESS]);
  const leaf = await json(`${resource(index, REGISTRATIONS)}${id}/${version.toLowerCase()}.json`, options);
  const catalogued = (leaf as { catalogEntry?: unknown }).catalogEntry;
  if (typeof catalogued !== 'string') throw failure(`the feed has no catalogue entry of ${name} ${version}`);
  const entry = (await json(catalogued, options)) as Readonly<Record<string, unknown>>;
  const { packageHash, packageHashAlgorithm, packageSize } = entry;
  const isHash = typeof packageHash === 'string' && /^[A-Za-z0-9+/]{86}==$/.test(packageHash);
  if (packageHashAlgorithm !== 'SHA512' || !isHash)
    throw failure(`the feed states no SHA-512 of ${name} ${version}`);
  if (
    !Number.isSafeInteger(packageSize) ||
    Number(packageSize) <= 0 ||
    Number(packageSize) > MAX_PACKAGE_BYTES
  )
    throw failure(`expected a size of up to ${MAX_PACKAGE_BYTES} bytes but received ${String(packageSize)}`);
  const lower = version.toLowerCase();
  const url = `${base}${id}/${lower}/${id}.${lower}.nupkg`;
  return { url, bytes: packageSize as number, sha512: packageHash };
}

/** The whole package, in memory. Throws CLI_GPU_INSTALL when it is not what the feed stated, or does not come. */
export async function downloadPackage(
  { url, bytes, sha512 }: FeedPackage,
  options: DownloadOptions = {},
): Promise<Uint8Array> {
  const { onBytes } = options;
  const content = await body(url, bytes, options, (received) => onBytes?.(received, bytes));
  if (content.length !== bytes)
    throw failure(`${url} has ${content.length} bytes, its catalogue says ${bytes}`);
  const received = createHash('sha512').update(content).digest('base64');
  if (received !== sha512) throw failure(`${url} has the SHA-512 ${received}, its catalogue says ${sha512}`);
  return content;
}

function resource(index: unknown, types: readonly string[]): string {
  const resources = (index as { resources?: unknown }).resources;
  const all = Array.isArray(resources) ? (resources as readonly Readonly<Record<string, unknown>>[]) : [];
  for (const type of types) {
    const url = all.find((entry) => entry?.['@type'] === type)?.['@id'];
    if (typeof url === 'string') return url.endsWith('/') ? url : `${url}/`;
  }
  throw failure(`the feed's index has no ${types[0]}`);
}

async function json(url: string, options: DownloadOptions): Promise<object> {
  const bytes = await body(url, MAX_JSON_BYTES, options);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw failure(`${url} is no JSON`, cause);
  }
  if (typeof value === 'object' && value !== null) return value;
  throw failure(`${url} is no JSON object`);
}

/** Up to `limit` bytes; more is refused. */
async function body(
  url: string,
  limit: number,
  { fetch: get = fetch }: DownloadOptions,
  onBytes?: (bytes: number) => void,
): Promise<Uint8Array> {
  if (!isSecure(url)) throw failure(`expected an https address but received ${url}`);
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`no answer for ${STALL_MS / 1000} s`)), STALL_MS);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const response = await get(url, { signal: stall.signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (response.url !== '' && !isSecure(response.url)) throw new Error(`sent on to ${response.url}`);
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      timer.refresh();
      length += part.length;
      if (length > limit) throw new Error(`more than ${limit} bytes`);
      parts.push(part);
      onBytes?.(length);
    }
  } catch (cause) {
    throw failure(`${url} could not be read: ${reasonOf(cause)}`, cause);
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts, length);
}

function isSecure(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

/** Node's fetch says no more than that it failed; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function failure(reason: string, cause?: unknown): CliError {
  return new CliError('CLI_GPU_INSTALL', `The CUDA provider could not be fetched: ${reason}.`, { cause });
}
