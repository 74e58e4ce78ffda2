/** What the files of a take hold. `take.json`: a header. `control.jsonl`: one entry a line, only appended to. */
import type { Patch } from '../../graph/index.js';
import type { LapseKind } from '../../models/index.js';
import type { ControlMessage } from '../control/index.js';
import type { VoiceOrder } from '../engine/voices/voice.js';
import type { NodeSumList } from './node-sums.js';

export const takeFormat = 'sashimi-live/take';
export const takeFormatVersion = 4;
export const headerFile = 'take.json';
export const logFile = 'control.jsonl';
export const audioFile = 'audio.wav';

/** Of a state that a node loaded: its bytes, by the number of the load, counted from 1. */
export function stateFile(load: number): string {
  return `states/${load}.state`;
}

/** All that must be known before the first frame. */
export interface TakeHeader {
  readonly presetName: string;
  readonly patch: Patch;
  /** uint32. */
  readonly seed: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly channels: number;
  /** Of `sashimi play`: how far models ran ahead. */
  readonly lookAheadMs: number;
  /** As `EngineFacts.stepper`: with its instruction set; empty without a model. */
  readonly stepper: string;
  readonly masterGainDb: number;
  readonly muted: boolean;
  /** What the patch plays with, and what it was then. */
  readonly bundles: readonly TakeBundle[];
  /** Packages that added node types. */
  readonly plugins: readonly string[];
}

export interface TakeBundle {
  /** As the patch names it. */
  readonly name: string;
  /** Hex, of all files of the bundle: see `hashBundle`. */
  readonly sha256: string;
}

/** Why a replay may differ. */
export const deviationCodes = ['fault', 'watchdog', 'model-gap', 'late-control', 'lost-audio'] as const;
export type DeviationCode = (typeof deviationCodes)[number];

/** `frame` counts engine frames from 0 and never falls from line to line. */
export type TakeEntry =
  /** The message took effect just before this frame. */
  | { readonly kind: 'control'; readonly frame: number; readonly message: ControlMessage }
  /** A replay may differ, for the reason given. */
  | {
      readonly kind: 'deviation';
      readonly frame: number;
      /** It was noticed at `frame`; samples may differ from here on. Not above `frame`. */
      readonly sinceFrame: number;
      readonly code: DeviationCode;
      readonly reason: string;
    }
  /** Another patch came in at this frame, between two blocks, over `fadeMs`; over 30 ms when left out. */
  | {
      readonly kind: 'patch';
      readonly frame: number;
      readonly presetName: string;
      readonly patch: Patch;
      readonly fadeMs?: number;
    }
  /** The patch was edited at this frame; `anew` as of `PatchEdit`. */
  | {
      readonly kind: 'edit';
      readonly frame: number;
      readonly patch: Patch;
      readonly anew: readonly string[];
    }
  /** A voice began at this frame, between two blocks. */
  | { readonly kind: 'voice'; readonly frame: number; readonly order: VoiceOrder }
  /**
   * The model of the node began to be read in the tick of this frame: it waits for its look-ahead first. `stream` is the number
   * of its `StreamPlace`.
   */
  | { readonly kind: 'start'; readonly frame: number; readonly nodeId: string; readonly stream: number }
  /**
   * A lapse of that stream, which, since its last reset, began to be read in the tick of `startFrame`; `read`, `at` (its frame)
   * and `frames` are those of `Lapse`, at the rate of the model. What was heard of it up to here follows from all its lapses up to here.
   */
  | {
      readonly kind: 'lapse';
      readonly frame: number;
      readonly nodeId: string;
      readonly stream: number;
      readonly startFrame: number;
      readonly lapse: LapseKind;
      readonly read: number;
      readonly at: number;
      readonly frames: number;
    }
  /** In the tick of this frame the node read less of its file than it asked for; the rest as of `ShortFileRead`. */
  | {
      readonly kind: 'file';
      readonly frame: number;
      readonly nodeId: string;
      readonly file: number;
      readonly frames: number;
      readonly isAtEnd: boolean;
    }
  /** What came in from here on, or comes in next, plays with this bundle, which was not known before, or is another now. */
  | { readonly kind: 'bundle'; readonly frame: number; readonly name: string; readonly sha256: string }
  /** A tick began here, for no other reason that is told. */
  | { readonly kind: 'tick'; readonly frame: number }
  /** The action that was called as this one, counted from 1 over the whole take, took its time and was over here. */
  | { readonly kind: 'settled'; readonly frame: number; readonly action: number }
  /** After a panic, this patch came in anew. */
  | { readonly kind: 'rebuilt'; readonly frame: number; readonly patch: Patch }
  /** The node heard an input of the sound card from this frame on; the file, in the folder of the take, begins here. */
  | { readonly kind: 'input'; readonly frame: number; readonly nodeId: string; readonly file: string }
  /** Of the patch that plays, over every audio output since it came in, up to this frame: see `NodeSums`. */
  | { readonly kind: 'sums'; readonly frame: number; readonly sums: NodeSumList }
  /** Everything faded out from this frame on. */
  | { readonly kind: 'fade-out'; readonly frame: number }
  /** The sink ran dry, `count` times so far. What was heard has a gap; the samples of the take have none. */
  | { readonly kind: 'xrun'; readonly frame: number; readonly count: number }
  /** This frame has been played. */
  | { readonly kind: 'at'; readonly frame: number }
  /** The last line of a take that was closed; the take is this long. */
  | { readonly kind: 'end'; readonly frame: number };

/** Entries other than `control` at which a tick must begin: what they tell of takes effect between two. */
export const betweenTicks: ReadonlySet<TakeEntry['kind']> = new Set([
  'patch',
  'edit',
  'voice',
  'rebuilt',
  'settled',
  'fade-out',
  'start',
  'tick',
]);
