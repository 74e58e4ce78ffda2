import type { Lapse } from '../stream.js';

/** All lapses of one stream, in their order, by the read that they belong to. Allocates when it is made. */
export class Lapses {
  private readonly lates = new Map<number, Lapse>();
  private readonly dry = new Map<number, number>();
  private readonly words = new Map<number, number>();
  private readonly postponed = new Set<number>();
  private readonly delays: readonly Lapse[];
  private readonly steers: readonly Lapse[];

  constructor(lapses: readonly Lapse[]) {
    this.delays = lapses.filter(({ kind }) => kind === 'delay');
    this.steers = lapses.filter(({ kind }) => kind === 'steer');
    let heardUntil = 0;
    for (const lapse of lapses) {
      if (lapse.kind === 'late') {
        this.lates.set(lapse.read, lapse);
        heardUntil = lapse.frame;
      }
      if (lapse.kind === 'dry') this.dry.set(lapse.read, lapse.frames);
      if (lapse.kind === 'word') this.words.set(lapse.read, lapse.frame);
      if (lapse.kind === 'postponed') this.postponed.add(lapse.read);
    }
    // What was overdue and came later was late, or made no difference.
    const overdue = lapses.findLast(({ kind }) => kind === 'overdue');
    if (overdue !== undefined && overdue.frame > heardUntil && !this.lates.has(overdue.read)) {
      this.lates.set(overdue.read, overdue);
    }
  }

  /** How many frames this read gave; undefined for all that it was asked for. */
  readFrames(read: number): number | undefined {
    return this.dry.get(read);
  }

  /** What says until when nothing that is said at the end of this read, or later, is heard. */
  lateAt(read: number): Lapse | undefined {
    return this.lates.get(read);
  }

  /** How long after the end of this read what is said then applies. */
  delayFrames(read: number): number {
    return framesAt(this.delays, read);
  }

  steerAfterFrames(read: number): number {
    return framesAt(this.steers, read);
  }

  /** From which frame on this word applies; undefined for never. */
  wordFrame(word: number): number | undefined {
    return this.words.get(word);
  }

  /** Whether the conditioning that is said at the end of this read is said with the next. */
  isPostponed(read: number): boolean {
    return this.postponed.has(read);
  }
}

/** Of the last one up to this read; 0 before the first. */
function framesAt(lapses: readonly Lapse[], read: number): number {
  let low = 0;
  let high = lapses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lapses[middle]!.read <= read) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? lapses[low - 1]!.frames : 0;
}
