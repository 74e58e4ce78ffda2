import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAudioFile } from '../audio-file.js';
import { CliError } from '../errors.js';

/** The list of a held-out folder. */
export const HELD_OUT_FILE = 'held-out.json';

/** What the list holds, not checked beyond its kind; `undefined` where the folder has none. Rejects with CLI_HELD_OUT. */
export async function readHeldOutList(
  folder: string,
  kind: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = join(folder, HELD_OUT_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damagedList(folder, wordsOf(cause));
  });
  if (text === undefined) return undefined;
  let list: { readonly kind?: unknown } | null;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw damagedList(folder, wordsOf(cause));
  }
  if (list?.kind !== kind) {
    throw damagedList(folder, `expected the kind "${kind}" but received "${list?.kind}"`);
  }
  return list as Readonly<Record<string, unknown>>;
}

/** A name, no path: a list names what lies beside it. */
export function isFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value);
}

/** Rejects with CLI_HELD_OUT or CLI_AUDIO_FILE. */
export async function readHeldOutSound(
  folder: string,
  file: string,
  sampleRate: number,
): Promise<Float32Array> {
  const audio = await readAudioFile(join(folder, file));
  if (audio.sampleRate === sampleRate) return audio.samples;
  throw damagedList(folder, `${file} is at ${audio.sampleRate} Hz, expected ${sampleRate}`);
}

export function damagedList(folder: string, why: string): CliError {
  return new CliError('CLI_HELD_OUT', `${join(folder, HELD_OUT_FILE)} cannot be used: ${why}.`);
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
