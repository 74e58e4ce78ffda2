/** States of models as files: NAME.state in a folder, a line that says whose it is, then the bytes. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateFiles, StateOwner } from '../../nodes/index.js';
import { EngineError } from './errors.js';

const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const FORMAT = 'sashimi-live/state';
const FORMAT_VERSION = 1;
/** Of the first line; ours have some 400. */
const MAX_HEADER_BYTES = 4096;

interface StateHeader extends StateOwner {
  readonly format: string;
  readonly formatVersion: number;
  /** Of the bytes that follow. */
  readonly sha256: string;
  /** For people who find the file. */
  readonly comment: string;
}

export class EngineStateFiles implements StateFiles {
  private numWrites = 0;

  /** `folder` is made when the first state is saved. */
  constructor(private readonly folder: string) {}

  async save(name: string, owner: StateOwner, state: Uint8Array): Promise<void> {
    const file = this.file(name);
    const header: StateHeader = {
      format: FORMAT,
      formatVersion: FORMAT_VERSION,
      ...owner,
      sha256: sha256(state),
      comment:
        'What a neural audio model remembers of the sound that it was making; sashimi-live goes on from it.',
    };
    this.numWrites++;
    const partial = join(this.folder, `.${name}.${process.pid}-${this.numWrites}.partial`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(partial, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), state]));
      await rename(partial, file);
    } catch (cause) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw new EngineError('ENGINE_STATE_WRITE', `${file} cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  load(name: string, owner: StateOwner, mode: 'live' | 'offline'): Promise<Uint8Array> | Uint8Array {
    return mode === 'live' ? this.loadSoon(name, owner) : this.loadNow(name, owner);
  }

  private async loadSoon(name: string, owner: StateOwner): Promise<Uint8Array> {
    const file = this.file(name);
    try {
      checkSize(file, (await stat(file)).size, owner);
      return parse(file, await readFile(file), owner);
    } catch (cause) {
      throw asStateError(name, file, cause);
    }
  }

  private loadNow(name: string, owner: StateOwner): Uint8Array {
    const file = this.file(name);
    try {
      checkSize(file, statSync(file).size, owner);
      return parse(file, readFileSync(file), owner);
    } catch (cause) {
      throw asStateError(name, file, cause);
    }
  }

  /** Only plain names: no message reaches a file elsewhere. */
  private file(name: string): string {
    if (plainName.test(name)) return join(this.folder, `${name}.state`);
    throw new EngineError(
      'ENGINE_STATE_NAME',
      `Expected a plain name of a state but received "${name.slice(0, 80)}".`,
    );
  }
}

/** Before a file is read whole: what it claims itself is not asked. */
function checkSize(file: string, size: number, { stateBytes }: StateOwner): void {
  if (size > stateBytes + MAX_HEADER_BYTES)
    throw foreign(`${file} has ${size} bytes, more than a state of this model.`);
}

function parse(file: string, bytes: Buffer, owner: StateOwner): Uint8Array {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  const header = headerOf(file, end < 0 ? '' : bytes.toString('utf8', 0, end));
  if (header.format !== FORMAT || header.formatVersion !== FORMAT_VERSION) {
    throw new EngineError('ENGINE_STATE_READ', `${file} is no ${FORMAT} of version ${FORMAT_VERSION}.`);
  }
  for (const key of ['weightsSha256', 'stepper', 'stateBytes'] as const) {
    if (header[key] === owner[key]) continue;
    if (key === 'stepper' && isSharedKind(header.stepper) && isSharedKind(owner.stepper)) continue;
    throw foreign(
      `${file} was made by ${shown(header.bundle)} (${key} ${shown(header[key])}); ${owner.bundle} here has ${owner[key]}.`,
    );
  }
  const state = bytes.subarray(end + 1);
  if (state.length !== owner.stateBytes || sha256(state) !== header.sha256)
    throw new EngineError(
      'ENGINE_STATE_READ',
      `${file} is not whole: its bytes are not those that were written.`,
    );
  return state;
}

/** Their states are the same bytes: what was kept while auto took one of them is there for the other. */
function isSharedKind(stepper: unknown): boolean {
  return stepper === 'native' || stepper === 'cuda';
}

function headerOf(file: string, line: string): Partial<Record<keyof StateHeader, unknown>> {
  try {
    const header: unknown = JSON.parse(line);
    if (typeof header === 'object' && header !== null) return header;
  } catch {}
  throw new EngineError(
    'ENGINE_STATE_READ',
    `${file} does not begin with a line that says whose state it is.`,
  );
}

function foreign(message: string): EngineError {
  return new EngineError('ENGINE_STATE_FOREIGN', message);
}

function asStateError(name: string, file: string, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
    return new EngineError('ENGINE_STATE_NOT_FOUND', `There is no state "${name}": ${file} does not exist.`);
  }
  return new EngineError('ENGINE_STATE_READ', `${file} cannot be read: ${messageOf(cause)}`, { cause });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function shown(value: unknown): string {
  return String(value).slice(0, 80);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
