import { mkdir } from 'node:fs/promises';
import { CliError } from '../errors.js';

/** Makes the folder that --out names. Rejects with CLI_OUT. */
export async function makeOutFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('CLI_OUT', `${folder} cannot be made: ${why}.`, { cause });
  });
}
