/** Reads the MIDI files that patches name. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Performance, packageRoot, parseMidiFile } from '../../models/index.js';
import { EngineError } from './errors.js';

const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
/** No larger file is read at all; `parseMidiFile` says what it takes. */
const mostBytes = 64 * 1024 * 1024;

/**
 * A name of a piece in presets/midi, or a path from the folder that the engine was started in. Rejects with
 * ENGINE_MIDI_FILE, and with MODEL_MIDI for a file that is none.
 */
export async function readMidiFile(nameOrPath: string): Promise<Performance> {
  const file = plainName.test(nameOrPath)
    ? join(packageRoot(), 'presets', 'midi', `${nameOrPath}.mid`)
    : resolve(nameOrPath);
  return parseMidiFile(await readBytes(file, nameOrPath));
}

async function readBytes(file: string, asked: string): Promise<Uint8Array> {
  const refuse = (why: string, cause?: unknown): EngineError =>
    new EngineError('ENGINE_MIDI_FILE', `The MIDI file "${asked.slice(0, 200)}" ${why}.`, { cause });
  // Of a pipe, an ordinary open waits for somebody who writes.
  const opened = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    (cause: unknown) => {
      const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw refuse(
        isMissing ? `does not exist: ${file}` : `cannot be read: ${(cause as Error).message}`,
        cause,
      );
    },
  );
  try {
    const stat = await opened.stat();
    if (!stat.isFile()) throw refuse('is no file');
    if (stat.size > mostBytes) throw refuse(`has ${stat.size} bytes, more than any piece`);
    return await opened.readFile();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw refuse(`cannot be read: ${(cause as Error).message}`, cause);
  } finally {
    await opened.close();
  }
}
