import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import type { Conditioning } from '../stepper.js';
import { RUNAWAY_CAUSES } from '../stream.js';
import type { CudaDevice } from './cuda/cuda-device.js';

/** Where the build leaves the addon, below the package root. */
export const ADDON_PATH = ['models', 'native', 'build', 'Release', 'sashimi_native.node'];

/** The exports of addon/addon.cc. C++ checks what memory safety needs; meaning is checked in TypeScript. */
export interface NativeAddon {
  /** The first four as pack.ts makes them; `decode` (levels). Copies them all. */
  createModel(
    config: Int32Array,
    values: Float32Array,
    kinds: Int32Array,
    scales: Float32Array,
    decode: Float32Array,
    instructionSet?: string,
  ): NativeModel;
  /**
   * States of several models, or several of one, that step in lockstep; `mixing` 0 is a mixture, 1 a product. Models
   * must share the alphabet.
   */
  createComposite(models: readonly NativeModel[], seed: number, mixing: 0 | 1): NativeComposite;
  /** Two models that sound as one, on a native thread. `mixing` as above; a first model that is dropped goes without conditioning. */
  createPairStream(
    models: readonly NativeModel[],
    mixing: 0 | 1,
    isFirstDropped: boolean,
    ...args: RunAheadArguments
  ): NativeRunAhead;
  /** The first GPU, or why there is none: cuda/cuda-device.ts. */
  openCuda(ptx: string, library?: string): CudaDevice | string;
  /** What this machine runs, fastest first. */
  instructionSets(): string[];
  /** Holds this thread for up to half a second. */
  probe(): CoreRates;
}

/** What one core can do at most, measured: probe/probe.h. */
export interface CoreRates {
  readonly instructionSet: string;
  /** float32 multiply-adds per second, operands in registers. */
  readonly macsPerSecond: number;
  /** The same of int16 in pairs into int32, as int8 and int4 matrices are multiplied. */
  readonly int16MacsPerSecond: number;
  /** Bytes per second of reading sets of `bytes` over and over, smallest first. */
  readonly readRates: readonly { readonly bytes: number; readonly bytesPerSecond: number }[];
}

/** What a stream on a native thread is made of, beside its models. */
export type RunAheadArguments = readonly [
  seed: number,
  sampleRate: number,
  lookAheadFrames: number,
  /** The same while there is no rolling back; at most lookAheadFrames. */
  fixedLookAheadFrames: number,
  wantsRealtime: boolean,
  /** Times real time, below which nothing is rolled back; Infinity for never. */
  minSpeed: number,
  temperature: number,
  topP: number,
  topK: number,
  blend: number,
  /** `stateNumbers`. */
  stateSizes: Float64Array,
  /** `watchdogNumbers`; undefined for a voice that is not watched. */
  watchdog: Float64Array | undefined,
];

/** Weights in memory, shared by their voices and streams. */
export interface NativeModel {
  readonly instructionSet: string;
  readonly weightBytes: number;
  /** Layers whose state space runs as diagonal, and as diagonal plus rank one. */
  readonly diagonalLayers: number;
  readonly rankOneLayers: number;
  createVoice(seed: number): NativeVoice;
  /** `capacity` of 1 to 256. */
  createGroup(capacity: number): NativeGroup;
  createStream(...args: RunAheadArguments): NativeRunAhead;
  dispose(): void;
}

export interface NativeVoice {
  readonly frame: number;
  readonly surprise: number;
  readonly faultyDraws: number;
  readonly snapshotBytes: number;
  reset(seed: number): void;
  stepBlock(
    out: Float32Array,
    numFrames: number,
    temperature: number,
    topP: number,
    topK: number,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void;
  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void;
  snapshot(into: Uint8Array): void;
  /** False when `from` is no snapshot of this model, or cannot go on as `frame`. */
  restore(from: Uint8Array, frame?: number): boolean;
  readonly isAligned: boolean;
  /** Four of each range of a snapshot: tier, offset, length, isMixed (0 or 1). Allocates. */
  snapshotRanges(): readonly number[];
}

/** core/composite.h; all else as a voice. */
export interface NativeComposite extends NativeVoice {
  /** (members); of a mixture at least 0, with the sum 1. */
  setWeights(weights: Float64Array): void;
  /** (members): 0 or 1. */
  setDropped(isDropped: Uint8Array): void;
}

/** core/voice_group.h. */
export interface NativeGroup {
  /** Of one voice. */
  readonly snapshotBytes: number;
  start(slot: number, seed: number): void;
  stop(slot: number): void;
  isActive(slot: number): boolean;
  frame(slot: number): number;
  /** `samplings`: temperature, topP, topK per slot. Of slots that are not active nothing is looked at. */
  stepBlock(
    outs: readonly Float32Array[],
    numFrames: number,
    samplings: Float64Array,
    conditionings?: readonly (Conditioning | undefined)[],
  ): void;
  snapshot(slot: number, into: Uint8Array): void;
  /** False when `from` is no snapshot of this model. */
  restore(slot: number, from: Uint8Array): boolean;
}

/** What `tell` writes, in this order. The scheduling and rollback states are places in the lists below. */
export const RUN_AHEAD_NUMBERS = [
  'load',
  'lookAheadFrames',
  'controlLatencyFrames',
  'scheduling',
  'rollback',
  'rollbacks',
  'lateRollbacks',
  'framesSteppedAgain',
  'conditioningLost',
  'xruns',
  'starting',
  'overload',
  'preempted',
  'rollbackXruns',
  'burst',
  ...RUNAWAY_CAUSES,
] as const;
export const RUN_AHEAD_SCHEDULING = ['normal', 'realtime', 'overloaded'] as const;
export const RUN_AHEAD_ROLLBACK = ['off', 'ready', 'no-headroom'] as const;

/** A voice on a native thread: stream/run_ahead.h. */
export interface NativeRunAhead {
  readonly availableFrames: number;
  /** Frames read since the start or the last reset. */
  readonly position: number;
  /** The one that holds now. */
  readonly lookAheadFrames: number;
  /** A plan that reaches so far beyond `position` is never overtaken. */
  readonly planAheadFrames: number;
  /** As of `ModelStream`. */
  readonly steerAfterFrames: number;
  /** Frames stepped between two looks at the control values. */
  readonly subBlockFrames: number;
  readonly snapshotPeriodFrames: number;
  /** Memory of all snapshots. */
  readonly snapshotRingBytes: number;
  read(out: Float32Array, numFrames: number): number;
  setSampling(temperature: number, topP: number, topK: number, blend: number): void;
  planSampling(frame: number, temperature: number, topP: number, topK: number, blend: number): void;
  /** As `ModelStream` says; of an input that there is none of, or frames that are not there, nothing is taken. */
  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void;
  /** Reads whose conditioning found no room on its way to the thread, so that it went with a later one. */
  readonly conditioningOverflows: number;
  /** `kind` is a place in STATE_COMMANDS. False when it is refused: too many wait, or a slot is none. */
  commandState(
    kind: number,
    a: number,
    b: number,
    position: number,
    tiers: number,
    fadeFrames: number,
    frames: number,
    seed: number,
  ): boolean;
  /** As `StreamStates`; a slot that is none has nothing, and may not be copied or filled. */
  isKept(slot: number): boolean;
  copySlot(slot: number, into: Uint8Array): void;
  fillSlot(slot: number, from: Uint8Array): void;
  readonly slotBytes: number;
  /** As of a voice: of what a slot holds. Allocates. */
  snapshotRanges(): readonly number[];
  reset(seed: number): void;
  /** Writes RUN_AHEAD_NUMBERS, without allocating. */
  tell(into: Float64Array): void;
  /** Writes kind, as a place in LAPSE_KINDS, read, frame and frames of the oldest lapse; false without one. */
  takeLapse(into: Float64Array): boolean;
  /** Joins the thread. */
  close(): void;
}

export type NativeLoad =
  | { readonly ok: true; readonly addon: NativeAddon }
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

/** Loads the addon into this thread; workers load it for themselves. Never throws. */
export function loadNative(file = join(packageRoot(), ...ADDON_PATH)): NativeLoad {
  if (!existsSync(file)) {
    return {
      ok: false,
      reason: 'the native addon has not been built',
      remedy:
        'Install a C++20 compiler (g++ 11 or clang 14 or later), make and python3, then run npm run build.',
    };
  }
  try {
    return { ok: true, addon: createRequire(import.meta.url)(file) as NativeAddon };
  } catch (error) {
    return {
      ok: false,
      reason: `the native addon does not load: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'It was built for another Node or system: run npm run build again.',
    };
  }
}
