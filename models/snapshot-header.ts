import { ModelError } from './errors.js';

/** Values that the snapshots of voices in TypeScript begin with: mark, seed, frame, token, isForced. */
const NUM_COMMON = 5;
const MAX_SEED = 0xffffffff;

/**
 * The first numbers of a snapshot, read from bytes wherever those lie, and checked before a voice believes them.
 * Allocates nothing after construction.
 */
export class SnapshotHeader {
  /** The common ones, then what a kind of voice adds. */
  readonly values: Float64Array;
  readonly bytes: Uint8Array;

  constructor(length = NUM_COMMON) {
    this.values = new Float64Array(length);
    this.bytes = new Uint8Array(this.values.buffer);
  }

  /** `from` is at least as long as the header. */
  read(from: Uint8Array): void {
    const { bytes } = this;
    for (let i = 0; i < bytes.length; i++) bytes[i] = from[i]!;
  }

  /** Throws MODEL_SNAPSHOT unless the common values, but for the mark, are such as a voice writes. */
  check(levels: number): void {
    const { values } = this;
    checkInteger('a seed', values[1]!, MAX_SEED);
    checkInteger('a frame', values[2]!, Number.MAX_SAFE_INTEGER);
    checkInteger('a token', values[3]!, levels - 1);
    checkInteger('a mark of forcing', values[4]!, 1);
  }
}

/**
 * The frame that a voice goes on as: `frame`, or `own`, that of the snapshot. Throws MODEL_SNAPSHOT unless they are
 * congruent modulo `period`, so that the tiers run when they would have.
 */
export function restoredFrame(own: number, frame: number | undefined, period: number): number {
  if (frame === undefined) return own;
  checkInteger('a frame', frame, Number.MAX_SAFE_INTEGER);
  if ((frame - own) % period !== 0) snapshotFault(`frame ${own} modulo ${period}`, `frame ${frame} for it`);
  return frame;
}

/** Throws MODEL_SNAPSHOT unless `value` is an integer in 0..max. */
export function checkInteger(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max)
    snapshotFault(`${what} in 0..${max}`, String(value));
}

export function snapshotFault(expected: string, received: string): never {
  throw new ModelError('MODEL_SNAPSHOT', `Expected a snapshot of ${expected} but received ${received}.`);
}
