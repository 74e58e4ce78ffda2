/** What passes between the engine's main thread and the audio worker. Plain data; the OSC port is transferred. */
import type { MessagePort } from 'node:worker_threads';
import type { Patch } from '../../graph/index.js';
import type { ControlMessage, EngineEvent, VoiceEndReason } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import type { PatchEdit } from '../engine/pending-edit.js';
import type { PlannedStepper } from '../engine/stepper-plan.js';
import type { VoiceOrder } from '../engine/voices/voice.js';
import type { ListenOrder } from '../midi/worker-protocol.js';
import type { TakeEntry } from '../takes/index.js';
import type { EngineFailure, ParamTable } from './engine-link.js';
import type { PlayEventKind, PlayOptions } from './play-options.js';
import type { SinkLogMemory } from './sink-log.js';

/** Everything that a live engine starts with. */
export interface AudioStart {
  readonly options: PlayOptions;
  readonly patch: Patch;
  readonly presetName: string;
  readonly masterGainDb: number;
  readonly muted: boolean;
  /** See engine/status-page.ts. */
  readonly statusPage: SharedArrayBuffer;
  /** See osc/clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  /** See tap-ring.ts: fed only while a recording or a take is kept. */
  readonly tapRing: SharedArrayBuffer;
  /** What `auto` stands for, by bundle. */
  readonly steppers?: readonly PlannedStepper[];
  /** See sink-log.ts: for a measurement. */
  readonly sinkLog?: SinkLogMemory;
}

export type ToAudioWorker =
  /** Once. Until then the worker only has its modules loaded. */
  | { readonly kind: 'begin'; readonly start: AudioStart }
  /** Once, transferred, from the OSC worker: arrays of PortItem come, ReplyOrders go. `paramRing`: see control/param-ring.ts. */
  | { readonly kind: 'osc'; readonly port: MessagePort; readonly paramRing?: SharedArrayBuffer }
  /** Transferred, from another that controls (MIDI, the main thread): arrays of StampedMessage come. */
  | { readonly kind: 'control'; readonly port: MessagePort }
  | {
      readonly kind: 'load';
      readonly id: number;
      readonly patch: Patch;
      readonly presetName: string;
      readonly fadeMs?: number;
    }
  /** Answered with `edited` or `load-failed`. */
  | { readonly kind: 'edit'; readonly id: number; readonly edit: PatchEdit; readonly frame: number }
  | { readonly kind: 'voice'; readonly id: number; readonly order: VoiceOrder }
  | {
      readonly kind: 'voices-ready';
      readonly id: number;
      readonly presetName: string;
      readonly patch: Patch;
      readonly count: number;
    }
  /** Fades out, closes the sink and all models, ends the worker. */
  | { readonly kind: 'close' };

export interface TakeStateNews {
  readonly kind: 'take-state';
  /** Number of the load, counted from 1. */
  readonly load: number;
  readonly state: Uint8Array;
}

export interface TakeInputNews {
  readonly kind: 'take-input';
  /** From the folder of the take. */
  readonly file: string;
  /** See tap-ring.ts: two channels. */
  readonly ring: SharedArrayBuffer;
}

export type FromAudioWorker =
  /** The sink is open. `isRecorded`: the main thread keeps the last minutes. */
  | { readonly kind: 'sink'; readonly sink: string; readonly device: string; readonly isRecorded: boolean }
  /** The first block has been made. */
  | { readonly kind: 'playing'; readonly facts: EngineFacts; readonly params: ParamTable }
  | { readonly kind: 'failed'; readonly failure: EngineFailure }
  | {
      readonly kind: 'loaded';
      readonly id: number;
      readonly facts: EngineFacts;
      readonly params: ParamTable;
    }
  /** At this frame. */
  | { readonly kind: 'edited'; readonly id: number; readonly frame: number; readonly params: ParamTable }
  | {
      readonly kind: 'load-failed';
      readonly id: number;
      readonly failure: EngineFailure;
      /** That could not be prepared, where one edit of several is to be told apart. */
      readonly nodeId?: string;
    }
  /** A voice sounds, or voices are ready. */
  | { readonly kind: 'voice-done'; readonly id: number }
  | { readonly kind: 'voice-ended'; readonly voice: string; readonly reason: VoiceEndReason }
  /** Applied since the last of these, in order. */
  | { readonly kind: 'applied'; readonly messages: readonly ControlMessage[] }
  /** For the take, in order. */
  | { readonly kind: 'take'; readonly entries: readonly TakeEntry[] }
  /** Of the take: a node will hear an input; its ring is for the file. */
  | TakeInputNews
  /** Of the take: a node has loaded a state from a file. */
  | TakeStateNews
  /** For the MIDI worker. */
  | { readonly kind: 'midi'; readonly order: ListenOrder }
  /** For subscribers of events. */
  | { readonly kind: 'event'; readonly event: EngineEvent }
  /** For the supervisor's terminal. */
  | { readonly kind: 'tell'; readonly event: PlayEventKind; readonly message: string; readonly code?: string }
  | { readonly kind: 'closed' };
