import type { TierMask } from './mix-states.js';

/** In the order of models/native/stream/state_command.h. */
export const STATE_COMMANDS = ['keep', 'recall', 'repeat', 'move', 'release', 'rewind', 'fork'] as const;
export type StateCommandKind = (typeof STATE_COMMANDS)[number];

/**
 * Something that is done with the states of a stream, at the first frame from its own on where the voice is aligned. It
 * changes neither the frame count nor, but for `fork`, the seed: a state goes on as the frame at which it is recalled, so with
 * the draws and the conditioning of that time.
 *
 * - `keep`: the state of that frame is written into slot `a`.
 * - `recall`: the memory of `tiers` becomes that of slot `a` and slot `b`, mixed at `position`. Of a slot that nothing was kept in, nothing is taken.
 * - `repeat`: the same after every `frames`, until `release` or another `repeat`. A runaway of the model ends it too.
 * - `move`: `position` is that of the repetition from its next time on.
 * - `release`: there is no repetition any more.
 * - `rewind`: the memory of `tiers` becomes what it was `frames` ago, or a little before; the oldest that is known when that is too long ago.
 * - `fork`: `seed` keys the draws from now on.
 *
 * Where tier 0 is among the tiers the old sound fades under the new one for `fadeFrames`; without it nothing has to.
 */
export interface StateCommand {
  readonly kind: StateCommandKind;
  readonly a: number;
  readonly b: number;
  /** 0 is `a`, 1 is `b`. */
  readonly position: number;
  readonly tiers: TierMask;
  readonly fadeFrames: number;
  /** Of `repeat` and `rewind`. */
  readonly frames: number;
  /** uint32, of `fork`. */
  readonly seed: number;
}

/** A command that can be written over, for rings of them. */
export type StateCommandRecord = { -readonly [K in keyof StateCommand]: StateCommand[K] };

export function stateCommandRecord(): StateCommandRecord {
  return { kind: 'release', a: 0, b: 0, position: 0, tiers: 0, fadeFrames: 0, frames: 0, seed: 0 };
}

export function copyCommand(from: StateCommand, into: StateCommandRecord): void {
  into.kind = from.kind;
  into.a = from.a;
  into.b = from.b;
  into.position = from.position;
  into.tiers = from.tiers;
  into.fadeFrames = from.fadeFrames;
  into.frames = from.frames;
  into.seed = from.seed;
}

/** Slots of a stream for states that are kept. */
export const NUM_STATE_SLOTS = 24;
/** Commands that may wait at once. */
export const MAX_STATE_COMMANDS = 64;
/** The longest fade of a recall. */
const MAX_STATE_FADE_MS = 100;
/** Between two states that are kept for going back, and how many of them at most and in how many bytes. */
const HISTORY_MS = 250;
const MAX_HISTORY = 64;
const MIN_HISTORY = 8;
const MAX_HISTORY_BYTES = 16e6;
/** Of the history that `rewind` does not reach: what is stepped ahead writes over it. */
const HISTORY_SPARE = 4;

/** Sizes of what a stream keeps. The addon is given the same. */
export interface StateSizes {
  readonly maxFadeFrames: number;
  readonly historyPeriodFrames: number;
  readonly numHistory: number;
  /** The furthest that `rewind` goes back. */
  readonly rewindFrames: number;
}

export function stateSizes(sampleRate: number, snapshotBytes: number): StateSizes {
  const historyPeriodFrames = Math.max(1, Math.round((HISTORY_MS * sampleRate) / 1000));
  const room = Math.floor(MAX_HISTORY_BYTES / snapshotBytes);
  const numHistory = Math.min(MAX_HISTORY, Math.max(MIN_HISTORY, room));
  return {
    maxFadeFrames: Math.max(1, Math.round((MAX_STATE_FADE_MS * sampleRate) / 1000)),
    historyPeriodFrames,
    numHistory,
    rewindFrames: (numHistory - HISTORY_SPARE) * historyPeriodFrames,
  };
}

/** The same as the addon reads it: StateSizes of native/stream/state_command.h. */
export function stateNumbers(sizes: StateSizes): Float64Array {
  const { maxFadeFrames, historyPeriodFrames, numHistory, rewindFrames } = sizes;
  return Float64Array.of(NUM_STATE_SLOTS, maxFadeFrames, historyPeriodFrames, numHistory, rewindFrames);
}
