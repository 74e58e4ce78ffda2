/** What self-tests found, kept in the person's cache folder, so that the next start does without. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isTrial, type Trial } from '../../models/index.js';

/** Another one makes what was kept mean nothing: so with each change of what is checked, or how it is measured. */
const VERSION = 1;
/** The oldest go first. */
const MOST_KEPT = 200;

/** What a self-test was of. */
export interface TrialKey {
  /** `Machine.fingerprint`. */
  readonly machine: string;
  /** `stepperBuild`. */
  readonly build: string;
  /** `bundleIdentity`. */
  readonly bundle: string;
  /** That play at once. */
  readonly voices: number;
}

export interface KeptTrials extends TrialKey {
  /** Of the bundle, for people. */
  readonly name: string;
  readonly trials: readonly Trial[];
}

export function trialsFile(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sashimi-live', 'steppers.json');
}

export class TrialCache {
  constructor(private readonly file = trialsFile()) {}

  /** All that is kept, the newest first. A file that is not there, or not whole, or of another version has nothing. Never rejects. */
  async read(): Promise<readonly KeptTrials[]> {
    try {
      const content: unknown = JSON.parse(await readFile(this.file, 'utf8'));
      const { version, kept } = content as { version?: unknown; kept?: unknown };
      return version === VERSION && Array.isArray(kept) ? kept.filter(isKept) : [];
    } catch {
      return [];
    }
  }

  /** In the place of what was kept under the same key. Written whole, beside, and renamed. A cache that cannot be written is done without. */
  async keep(found: readonly KeptTrials[]): Promise<void> {
    const others = (await this.read()).filter((kept) => !found.some((each) => isSameKey(each, kept)));
    const kept = [...found, ...others].slice(0, MOST_KEPT);
    const draft = `${this.file}.${randomUUID()}`;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeFile(draft, `${JSON.stringify({ version: VERSION, kept }, null, 1)}\n`, { mode: 0o600 });
      await rename(draft, this.file);
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }
}

export function isSameKey(a: TrialKey, b: TrialKey): boolean {
  return a.machine === b.machine && a.build === b.build && a.bundle === b.bundle && a.voices === b.voices;
}

function isKept(value: unknown): value is KeptTrials {
  if (typeof value !== 'object' || value === null) return false;
  const { machine, build, bundle, voices, name, trials } = value as Record<keyof KeptTrials, unknown>;
  return (
    [machine, build, bundle, name].every((text) => typeof text === 'string') &&
    Number.isInteger(voices) &&
    (voices as number) > 0 &&
    Array.isArray(trials) &&
    trials.length > 0 &&
    trials.every(isTrial)
  );
}
