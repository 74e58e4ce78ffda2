/**
 * The folder of presets of one's own: NAME.json are presets, snapshots/NAME.json and cues/NAME.json what their folders say.
 * Names come over the network: only plain ones are taken, and a link that leads out of the folder is not followed.
 */
import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { describeError } from '../engine/errors.js';
import { writeAtomically } from './atomic-file.js';
import { SceneError } from './errors.js';

export type SceneKind = 'preset' | 'snapshot' | 'cue list';

const subFolders: Readonly<Record<SceneKind, string>> = {
  preset: '',
  snapshot: 'snapshots',
  'cue list': 'cues',
};
const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
/** Of one kind: their names still fit one answer. */
export const mostScenes = 512;
/** Of a file that is read. */
const mostBytes = 4_000_000;

export class SceneFolder {
  /** Made when the first file is written. */
  constructor(readonly root: string) {}

  /** Throws SCENE_NAME. */
  file(kind: SceneKind, name: string): string {
    if (plainName.test(name)) return join(this.root, subFolders[kind], `${name}.json`);
    throw new SceneError(
      'SCENE_NAME',
      `Expected a plain name of a ${kind} but received "${name.slice(0, 80)}".`,
    );
  }

  /** Names, sorted; none where there is no folder. */
  async list(kind: SceneKind): Promise<readonly string[]> {
    let files: readonly string[];
    try {
      files = await readdir(join(this.root, subFolders[kind]));
    } catch {
      return [];
    }
    return files
      .filter((file) => extname(file) === '.json' && !file.endsWith('.bindings.json'))
      .map((file) => basename(file, '.json'))
      .filter((name) => plainName.test(name))
      .sort()
      .slice(0, mostScenes);
  }

  /** Whole or not at all. Rejects with SCENE_NAME, SCENE_FULL or SCENE_WRITE. */
  async write(kind: SceneKind, name: string, content: unknown): Promise<string> {
    const file = this.file(kind, name);
    const there = await this.list(kind);
    if (there.length >= mostScenes && !there.includes(name)) {
      throw new SceneError('SCENE_FULL', `${dirname(file)} holds ${mostScenes} already.`);
    }
    try {
      await writeAtomically(file, `${JSON.stringify(content, undefined, 2)}\n`);
    } catch (cause) {
      throw new SceneError('SCENE_WRITE', `${file} cannot be written: ${describeError(cause, '').message}`, {
        cause,
      });
    }
    return file;
  }

  /** The text, and what tells it from a later one. Rejects with SCENE_NAME, SCENE_NOT_FOUND or SCENE_READ. */
  async read(kind: SceneKind, name: string): Promise<{ readonly text: string; readonly mark: string }> {
    const file = this.file(kind, name);
    try {
      await this.refuseOutside(file);
      const mark = markOf(await stat(file));
      return { text: await readFile(file, 'utf8'), mark };
    } catch (cause) {
      throw this.readError(kind, name, file, cause);
    }
  }

  /** What tells the content of a file from a later one, without reading it. Rejects as `read` does. */
  async mark(kind: SceneKind, name: string): Promise<string> {
    const file = this.file(kind, name);
    try {
      return markOf(await stat(file));
    } catch (cause) {
      throw this.readError(kind, name, file, cause);
    }
  }

  /** Rejects with SCENE_NAME, SCENE_NOT_FOUND or SCENE_WRITE. */
  async remove(kind: SceneKind, name: string): Promise<void> {
    const file = this.file(kind, name);
    try {
      await rm(file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw notFound(kind, name, file);
      throw new SceneError('SCENE_WRITE', `${file} cannot be deleted: ${describeError(cause, '').message}`, {
        cause,
      });
    }
  }

  private async refuseOutside(file: string): Promise<void> {
    const way = relative(await realpath(this.root), await realpath(file));
    if (way === '..' || way.startsWith(`..${sep}`))
      throw new SceneError('SCENE_READ', `${file} is a link that leads out of the folder.`);
  }

  private readError(kind: SceneKind, name: string, file: string, cause: unknown): SceneError {
    if (cause instanceof SceneError) return cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return notFound(kind, name, file);
    return new SceneError('SCENE_READ', `${file} cannot be read: ${describeError(cause, '').message}`, {
      cause,
    });
  }
}

function markOf({ size, mtimeMs, ino }: { size: number; mtimeMs: number; ino: number }): string {
  if (size > mostBytes)
    throw new SceneError('SCENE_READ', `The file has ${size} bytes, more than any of ours.`);
  return `${size} ${mtimeMs} ${ino}`;
}

function notFound(kind: SceneKind, name: string, file: string): SceneError {
  return new SceneError('SCENE_NOT_FOUND', `There is no ${kind} "${name}": ${file} does not exist.`);
}
