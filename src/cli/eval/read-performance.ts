import { readFile } from 'node:fs/promises';
import { type Performance, parseMidiFile } from '../../../models/index.js';
import { CliError } from '../errors.js';

/** Rejects with CLI_NOTES for a file that cannot be read, and with MODEL_MIDI for one that is none. */
export async function readPerformance(file: string): Promise<Performance> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('CLI_NOTES', `${file} cannot be read: ${why}.`, { cause });
  });
  return parseMidiFile(bytes);
}
