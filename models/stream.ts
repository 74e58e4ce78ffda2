import type { ConditioningInput } from './bundle/types.js';
import type { ModelErrorCode } from './errors.js';
import type { StateCommand } from './state/state-command.js';
import type { Sampling } from './stepper.js';

/** Why a read got fewer frames than it asked for. */
export const XRUN_CAUSES = ['starting', 'overload', 'preempted', 'rollback', 'burst'] as const;
/**
 * `starting`: the ring had not been full since the start or a reset. `overload`: stepping is slower than real time.
 * `preempted`: the system did not run the thread although it had to step. `rollback`: the thread was stepping again.
 * `burst`: the reader itself was late and then took more at once than the look-ahead holds.
 */
export type XrunCause = (typeof XRUN_CAUSES)[number];

/** Why the watchdog went back to an earlier state of a model. */
export const RUNAWAY_CAUSES = ['level', 'noise', 'stuck', 'not-finite'] as const;
/**
 * `level`: louder than the limit of the bundle. `noise`: the model predicts next to nothing, as for white noise. `stuck`:
 * the same few values over and over, at a level that is heard. `not-finite`: logits that are no numbers.
 */
export type RunawayCause = (typeof RUNAWAY_CAUSES)[number];

/** `off`: the stream cannot, or was not asked to. `no-headroom`: it could, but steps too slowly to step again. */
export type RollbackState = 'off' | 'ready' | 'no-headroom';

/** `overloaded`: real-time priority was given back, because the model is slower than real time here. */
export type StreamScheduling = 'normal' | 'realtime' | 'overloaded';

/** Why a stream's thread ended although nobody closed the stream: it gives no frame any more. */
export interface StreamFault {
  readonly code: ModelErrorCode;
  /** A sentence. */
  readonly message: string;
}

/** In the order of models/native/stream/lapse_log.h, which has no `word`. */
export const LAPSE_KINDS = ['late', 'overdue', 'delay', 'steer', 'postponed', 'dry', 'lost', 'word'] as const;
export type LapseKind = (typeof LAPSE_KINDS)[number];

/**
 * Something that a stream on a thread did at a time of its own, where one that takes no time would have done otherwise: with what
 * was said and its lapses, what was heard can be made again (`RetoldStream`). Reads are numbered from 1, and frames counted as
 * `position`, since the start or the last reset. What was said since the read before is said at the end of a read.
 *
 * - `late`: what was heard up to `frame` does not know what was said at the end of the read `read`, or later; from there on it is
 *   cross-faded into what does. `frames` are left of the old sound for that, the last one holds.
 * - `overdue`: the same up to now, `frame`; from there on nobody heard it any more, unless another lapse says how it went on.
 * - `delay`: what is said at the end of the read `read`, and later, applies `frames` after that end.
 * - `steer`: `steerAfterFrames` is `frames` from the end of the read `read` on.
 * - `postponed`: there was no room for the conditioning said at the end of the read `read`: it is said with the next.
 * - `dry`: the read `read` gave only `frames`.
 * - `word`: of a stream in a worker, the word number `read`, where each call that says something is one, applies from `frame` on.
 * - `lost`: other lapses, or control, were given up: what is heard from here on cannot be made again.
 */
export interface Lapse {
  readonly kind: LapseKind;
  readonly read: number;
  readonly frame: number;
  readonly frames: number;
}

/** A Lapse that can be written over. */
export type LapseRecord = { -readonly [K in keyof Lapse]: Lapse[K] };

/** Called where the stream is; none allocates. */
export interface StreamLapses {
  /** Resets so far, and reads since the last one. */
  readonly numResets: number;
  readonly numReads: number;
  /** Takes the oldest since the last reset; false without one. After a read none is missing of what was heard up to then. */
  take(into: LapseRecord): boolean;
}

/** How a stream is doing. Counts are since it was opened. One object per stream, rewritten at each look. */
export interface StreamState {
  /** Share of real time that stepping each frame once takes, snapshots included, smoothed; 0 inline. */
  readonly load: number;
  /** Frames that the ring holds when full, as of now: short without rollback, when it delays control. */
  readonly lookAheadFrames: number;
  /**
   * Frames from the first of the read before which a value was set to the first that can show it, as of now; 0 inline.
   * Without rollback the most: the ring full.
   */
  readonly controlLatencyFrames: number;
  readonly scheduling: StreamScheduling;
  readonly rollback: RollbackState;
  readonly rollbacks: number;
  /** Of these, those that came too late for their frame, so that they were cross-faded. */
  readonly lateRollbacks: number;
  readonly framesSteppedAgain: number;
  /** Reads that got fewer frames than they asked for, and why; the causes may lag behind for a moment. */
  readonly xruns: number;
  readonly xrunCauses: Readonly<Record<XrunCause, number>>;
  /** Times that the watchdog found the model running away and went back to an earlier state, and why. Of frames read. */
  readonly runaways: number;
  readonly runawayCauses: Readonly<Record<RunawayCause, number>>;
  /** Frames of conditioning that were said and not kept: too far ahead, or more at once than the stream could take. */
  readonly conditioningLost: number;
  /** Once there, it stays; what is missing from then on is no xrun. */
  readonly fault: StreamFault | undefined;
}

/**
 * The states of a stream's voice, in NUM_STATE_SLOTS slots. Called where the stream is; none allocates, blocks or throws. A
 * state in a slot is as if it had been written when its `keep` was done, also for commands that are done again after a
 * rollback, unless something else is kept in the slot: it should not be used anew for as long as the look-ahead lasts.
 */
export interface StreamStates {
  /** Of what a slot holds; slots of streams of the same bundle and stepper can be exchanged. */
  readonly slotBytes: number;
  readonly numTiers: number;
  /** The furthest that `rewind` goes back. */
  readonly rewindFrames: number;
  /**
   * Inline from the very next frame on, or from `frame` on, counted as `position`, when that is later but within the next
   * read; threaded from the end of the next read on, or, without rollback, from the first frame not yet stepped. Copied during the
   * call. False, and nothing is done, when too many wait, or a slot is none.
   */
  command(command: StateCommand, frame?: number): boolean;
  /** Whether what was kept in a slot, or put into it, is there to be copied: after a `keep` as soon as its frame was read, or soon after. */
  isKept(slot: number): boolean;
  /** Writes what is in a slot that `isKept`. */
  copySlot(slot: number, into: Uint8Array): void;
  /** Puts a state into a slot that no command names which was not read. False, and nothing changed, for bytes that are none. */
  fillSlot(slot: number, from: Uint8Array): boolean;
}

/**
 * One voice as the graph sees it: a source of frames at the model's rate.
 * Live, the voice steps on a thread of its own and fills a single-producer
 * single-consumer ring (`threaded`); offline, `read` steps the voice itself (`inline`),
 * so the same seed and control give the same samples at any block size.
 * All methods but `close` are called on the audio path: none allocates, blocks or throws.
 */
export interface ModelStream {
  readonly mode: 'inline' | 'threaded';
  /** Hz, of the model. */
  readonly sampleRate: number;
  /** Frames that the ring holds when full, as of now; 0 inline. */
  readonly lookAheadFrames: number;
  /** A plan that reaches so far beyond the next read is never overtaken by the write head; 0 inline. Constant. */
  readonly planAheadFrames: number;
  /**
   * What is said now is sure to reach the frame so far beyond the end of the next read: 0 inline, and where control is rolled back.
   * As of the end of the last read; 0 before the first.
   */
  readonly steerAfterFrames: number;
  /** Undefined inline, and where a stream does not tell. */
  readonly lapses?: StreamLapses;
  /** Frames waiting in the ring. Equals `lookAheadFrames` inline. */
  readonly availableFrames: number;
  /** Frames read since the start or the last reset. */
  readonly position: number;
  /** A look at how it is doing: borrowed until the next look. */
  readonly state: StreamState;
  /** Fills `out[0..n)` and returns n <= numFrames: fewer when the ring ran dry. */
  read(out: Float32Array, numFrames: number): number;
  /**
   * Replaces all plans. Inline it applies to the very next frame; threaded from the end of the next read on,
   * or, without rollback, to frames not yet stepped.
   */
  setSampling(sampling: Sampling): void;
  /**
   * Applies from `frame` on, counted as `position`, and replaces what was planned for that frame and later ones.
   * What is planned beyond the look-ahead needs no rollback; what comes too late is treated as set.
   */
  planSampling(frame: number, sampling: Sampling): void;
  /** What steers the model; empty for an unconditional one. */
  readonly conditioning: readonly ConditioningInput[];
  /**
   * Says `numFrames` frames (numFrames, dim) of the conditioning input number `input`, from its frame `firstFrame` on: frame
   * k belongs to the samples from k * hop on, counted as `position`, hop = sampleRate / rateHz. Replaces what was said
   * for these frames and all later ones. Beyond the last frame said, that one holds; an input is dropped until its first is
   * said. Frames said no later than for `position` + `planAheadFrames` samples ahead need no rollback. What differs from
   * what samples were stepped with already is rolled back from the first sample not read that it touches, or, without
   * rollback, holds from the first sample not yet stepped. A stream keeps at least two seconds beyond that sample: frames
   * said for later are not kept. Copied during the call.
   */
  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void;
  /** What can be done with the states of its voice. */
  readonly states: StreamStates;
  /**
   * A new stream from the start token: what is in the ring is dropped, all plans, and commands for states that are not done;
   * the last values said hold, conditioning is dropped, slots keep their states.
   */
  reset(seed: number): void;
  /** Stops the thread and frees the voice. Off the audio path. */
  close(): Promise<void>;
}
