/** Puts libraries from a package where the runtime looks for them: all of them, or none. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ZipArchive } from '../../../models/index.js';
import { CliError } from '../errors.js';
import type { PackagedFile } from './cuda-package.js';

/** What a package's entries may claim more than the package has: libraries of GPU kernels shrink well. */
const INFLATED_BYTES = 3 * 2 ** 30;
const ELF = [0x7f, 0x45, 0x4c, 0x46];

export interface PlacedFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * `archive` is a whole zip file. Files in `folder` of the same names are replaced. Throws CLI_GPU_INSTALL for a damaged
 * archive, one without these files, or a folder that cannot be written; then `folder` is as it was.
 */
export async function placeLibraries(
  archive: Uint8Array,
  files: readonly PackagedFile[],
  folder: string,
): Promise<readonly PlacedFile[]> {
  const contents = readAll(archive, files);
  let temporary: string | undefined;
  try {
    // Beside its place, so that it is on the same disk.
    temporary = await mkdtemp(join(folder, '.installing-'));
    for (const { name, bytes } of contents) await writeFile(join(temporary, name), bytes, { mode: 0o755 });
    for (const { name } of contents) await rename(join(temporary, name), join(folder, name));
  } catch (cause) {
    throw failure(`${folder} cannot be written: ${messageOf(cause)}`, cause);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
  return contents.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
}

function readAll(archive: Uint8Array, files: readonly PackagedFile[]): { name: string; bytes: Uint8Array }[] {
  try {
    const zip = new ZipArchive(archive, { inflatedBytes: INFLATED_BYTES });
    return files.map(({ name, path }) => {
      const bytes = zip.read(path);
      if (!ELF.every((byte, i) => bytes[i] === byte)) throw new Error(`${path} is no library`);
      return { name, bytes };
    });
  } catch (cause) {
    throw failure(`the package is not what was expected: ${messageOf(cause)}`, cause);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

function failure(reason: string, cause: unknown): CliError {
  return new CliError('CLI_GPU_INSTALL', `The CUDA provider could not be installed: ${reason}.`, { cause });
}
