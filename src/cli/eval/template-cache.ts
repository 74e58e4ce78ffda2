/** Templates take seconds to make and depend on the instrument alone: they are kept in the user's cache. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, readSafetensors, toFloat32 } from '../../../models/index.js';
import type { Instrument } from '../../eval/instrument.js';
import { NUM_BINS } from '../../eval/note-spectra.js';
import { makeTemplates, NUM_KEYS, TEMPLATE_VELOCITIES, type Templates } from '../../eval/templates.js';

/** Another one makes old files mean nothing. */
const VERSION = 2;

/** As they were kept, or made and kept. A cache that cannot be read or written is done without. */
export async function templatesOf(
  instrument: Instrument,
  onProgress: (share: number) => void,
): Promise<Templates> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sashimi-live', 'templates');
  const file = join(folder, `${instrument.fingerprint}-${VERSION}.safetensors`);
  const kept = await read(file);
  if (kept !== undefined) return kept;
  const made = await makeTemplates(instrument, onProgress);
  await keep(folder, file, made).catch(() => undefined);
  return made;
}

async function read(file: string): Promise<Templates | undefined> {
  try {
    const { tensors } = await readSafetensors(file);
    const [magnitudes, amplitudes] = ['magnitudes', 'amplitudes'].map((name) =>
      toFloat32(tensors.get(name)!),
    );
    const isWhole =
      magnitudes!.length === NUM_KEYS * NUM_BINS &&
      amplitudes!.length === TEMPLATE_VELOCITIES.length * NUM_KEYS;
    return isWhole ? { magnitudes: magnitudes!, amplitudes: amplitudes! } : undefined;
  } catch {
    return undefined;
  }
}

async function keep(folder: string, file: string, { magnitudes, amplitudes }: Templates): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bytes = encodeSafetensors([
    ['magnitudes', { shape: [NUM_KEYS, NUM_BINS], data: magnitudes }],
    ['amplitudes', { shape: [TEMPLATE_VELOCITIES.length, NUM_KEYS], data: amplitudes }],
  ]);
  // Another run may read meanwhile: the file is there whole or not at all.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, bytes);
  await rename(draft, file);
}
