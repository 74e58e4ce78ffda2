import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

let numWrites = 0;

/** Writes `text` beside `file`, onto the disk, and puts it in its place: whoever reads finds the old or the new, whole. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  numWrites++;
  const partial = join(folder, `.${basename(file)}.${process.pid}-${numWrites}.partial`);
  await mkdir(folder, { recursive: true });
  try {
    const handle = await open(partial, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** So that the name outlives a loss of power, too; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is on the disk.
  }
}
