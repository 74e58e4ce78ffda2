/** What passes over the local socket between the supervisor and the engine process, one JSON value per line. */
import type { ParamSetting, Patch } from '../../graph/index.js';
import type { KeptBindings } from '../binding/index.js';
import type { EngineStatus } from '../control/status.js';
import type { Pulse, Subscriber } from '../osc/index.js';
import type { CuePlace } from '../scenes/index.js';
import type { PlayEventKind, PlayOptions } from './play-options.js';
import type { VoicesMirror } from './voice-roster.js';

/** Everything that a new engine needs to go on where a dead one stopped. */
export interface EngineMirror {
  readonly presetName: string;
  /** With the params as they were last set. */
  readonly patch: Patch;
  readonly masterGainDb: number;
  readonly muted: boolean;
  readonly subscribers: readonly Subscriber[];
  readonly voices: VoicesMirror;
  readonly scene?: ScenePlace;
  /** Left out while no MIDI control is bound. */
  readonly bindings?: KeptBindings;
}

/** Where the show stands. */
export interface ScenePlace {
  /** The file that plays; its edits are heard. */
  readonly presetFile?: string;
  /** The cue list and the cue that is on. */
  readonly cues?: CuePlace;
}

export type ParamTable = Readonly<Record<string, Readonly<Record<string, ParamSetting>>>>;

/** Handed to the engine process on its standard input, as one JSON text. */
export interface EngineStart {
  readonly options: PlayOptions;
  readonly socketPath: string;
  /** See osc/pulse.ts. Left out: nobody asks. */
  readonly pulsePath?: string;
  /** 0 for a first start. */
  readonly restarts: number;
  /** Why it was started again; empty for a first start. */
  readonly reason: string;
  /** Left out at a first start: then `options.preset` is loaded. */
  readonly restore?: EngineMirror;
}

export interface EngineFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export type FromEngine =
  /** First line to every supervisor. `isSupervised`: another one is there already, this one is not wanted. */
  | {
      readonly kind: 'hello';
      readonly version: string;
      readonly pid: number;
      readonly isSupervised: boolean;
      readonly isReady: boolean;
      readonly options: PlayOptions;
      readonly restarts: number;
    }
  /** The first block has been asked for. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'status'; readonly status: EngineStatus }
  | { readonly kind: 'mirror'; readonly mirror: EngineMirror }
  | {
      readonly kind: 'event';
      readonly event: PlayEventKind;
      readonly message: string;
      readonly code?: string;
    }
  /** It cannot play and ends. */
  | { readonly kind: 'failed'; readonly failure: EngineFailure }
  /** It was told to end and has closed everything. */
  | { readonly kind: 'bye' }
  /** On a socket of its own. */
  | Pulse;

export type ToEngine = { readonly kind: 'quit' };

/** Checks only what the reader relies on: both ends are of one user, but a line may be cut or foreign. */
export function isLinkMessage(value: unknown): value is { kind: string } {
  return (
    typeof value === 'object' && value !== null && typeof (value as { kind?: unknown }).kind === 'string'
  );
}
