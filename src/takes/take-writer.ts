/**
 * Writes a take. Entries are gathered in memory, where the engine runs, and written by `flush`, which the
 * owner calls off the audio path. What was flushed survives the death of the process.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
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
        { format: takeFormat, formatVersion: takeFormatVersion, software: packageVersion(), ...header },
        null,
        2,
      );
      writeFileSync(`${path}.part`, `${text}\n`);
      renameSync(`${path}.part`, path);
    } catch (cause) {
      throw new TakeError('TAKE_FILE', `${folder} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** Gathers what `engine` applies, at its frame. Start before the first block. */
  watch(engine: Engine): void {
    engine.notices$.subscribe((notice) => {
      const frame = engine.frame;
      if (notice.kind === 'applied') {
        this.pending.push({ kind: 'control', frame, message: withoutAsker(notice.message) });
        if (notice.message.kind === 'panic') this.deviate(frame, '/panic built the patch anew');
      } else if (notice.kind === 'patch') {
        this.deviate(frame, `the preset ${notice.presetName} was loaded`);
      } else if (notice.kind === 'fault') {
        this.deviate(frame, `${notice.source} failed: ${notice.code}`);
      }
    });
  }

  /** Tells that a replay may differ from `frame` on. */
  deviate(frame: number, reason: string): void {
    this.pending.push({ kind: 'deviation', frame, reason });
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

  /** `frame` is the length of the take. */
  close(frame: number): void {
    try {
      this.pending.push({ kind: 'end', frame });
      this.flush();
      fsyncSync(this.log);
    } finally {
      closeSync(this.log);
    }
  }
}

function withoutAsker(message: Extract<TakeEntry, { kind: 'control' }>['message']): typeof message {
  if (message.kind !== 'action') return message;
  const { kind, nodeId, name, args } = message;
  return { kind, nodeId, name, args };
}
