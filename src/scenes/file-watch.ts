import { stat } from 'node:fs/promises';

/** Looks at a file this often. */
export const watchMs = 250;

/**
 * Tells when a file has been edited. It looks at size, time and number of the file, so it survives editors that write a
 * new file and rename it, and network disks that tell nothing; a file that is being written is waited for: two looks must
 * see the same.
 */
export class FileWatch {
  private file: string | undefined;
  /** As it was when it was last told, and when it was last looked at. */
  private told = '';
  private seen = '';
  private isLooking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly edited: (file: string) => void,
    everyMs = watchMs,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
  }

  /** Takes the place of what was watched. Undefined: nothing is. */
  async watch(file: string | undefined): Promise<void> {
    this.file = undefined;
    this.told = file === undefined ? '' : await markOf(file);
    this.seen = this.told;
    this.file = file;
  }

  close(): void {
    this.file = undefined;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { file } = this;
    if (file === undefined || this.isLooking) return;
    this.isLooking = true;
    const mark = await markOf(file);
    this.isLooking = false;
    // A file that is gone is most often one that is about to come back.
    if (file !== this.file || mark === '') return;
    const isSteady = mark === this.seen;
    this.seen = mark;
    if (!isSteady || mark === this.told) return;
    this.told = mark;
    this.edited(file);
  }
}

async function markOf(file: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return '';
  }
}
