import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, importCheckpoint } from '../../models/index.js';
import { goldens } from './shared-data.js';

/** A golden folder and the bundle made of its checkpoint. */
export interface GoldenBundle {
  readonly folder: string;
  readonly bundle: Bundle;
}

/** What a golden may call its checkpoint. */
const CHECKPOINTS = ['model.pt', 'checkpoint.ckpt', 'model.safetensors'];

/** An import takes seconds: once per golden and test run. */
const imported = new Map<string, Promise<GoldenBundle>>();

/** The calling test is skipped, and its title says why, when there is no such golden here. */
export function goldenBundle(context: Mocha.Context, name: string): Promise<GoldenBundle> {
  const folder = goldens(context, name);
  let made = imported.get(name);
  if (made === undefined) {
    made = importGolden(name, folder);
    imported.set(name, made);
  }
  return made;
}

/** For processes of their own, which have no test to skip. */
export async function importGolden(name: string, folder: string): Promise<GoldenBundle> {
  const temporary = await mkdtemp(join(tmpdir(), 'sashimi-golden-'));
  try {
    const { bundle } = await importCheckpoint({
      file: CHECKPOINTS.map((file) => join(folder, file)).find((file) => existsSync(file))!,
      config: join(folder, 'config.json'),
      out: join(temporary, name.replaceAll('_', '-')),
    });
    return { folder, bundle };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
