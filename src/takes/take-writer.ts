/**
 * Writes a take, off the audio path. What was flushed survives the death of the process.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageVersion } from '../version.js';
import { TakeError } from './errors.js';
import {
  headerFile,
  logFile,
  type TakeEntry,
  type TakeHeader,
  takeFormat,
  takeFormatVersion,
} from './format.js';

export class TakeWriter {
  private pending: TakeEntry[] = [];
  private readonly log: number;

  /** Throws `TAKE_FILE` when the folder cannot be written or holds a take already. */
  constructor(folder: string, header: TakeHeader) {
    const path = join(folder, headerFile);
    if (existsSync(path)) {
      throw new TakeError('TAKE_FILE', `${folder} holds a take already; expected a new folder.`);
    }
    try {
      mkdirSync(folder, { recursive: true });
      this.log = openSync(join(folder, logFile), 'wx');
      const text = JSON.stringify(
        {
          format: takeFormat,
          formatVersion: takeFormatVersion,
          software: packageVersion(),
          node: process.version,
          architecture: process.arch,
          ...header,
        },
        null,
        2,
      );
      writeFileSync(`${path}.part`, `${text}\n`);
      renameSync(`${path}.part`, path);
    } catch (cause) {
      throw new TakeError('TAKE_FILE', `${folder} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** Kept in memory until `flush`. */
  add(entries: readonly TakeEntry[]): void {
    this.pending.push(...entries);
  }

  /** Throws `TAKE_FILE` when the disk refuses. */
  flush(): void {
    if (this.pending.length === 0) return;
    const lines = this.pending.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    this.pending = [];
    try {
      writeFileSync(this.log, lines);
    } catch (cause) {
      throw new TakeError('TAKE_FILE', `The take cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** The last entry should be its end. */
  close(): void {
    try {
      this.flush();
      fsyncSync(this.log);
    } finally {
      closeSync(this.log);
    }
  }
}
