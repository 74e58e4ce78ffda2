/**
 * The control plane's one union: OSC, presets, automation and the web become these
 * before anything else sees them. Values are checked and clamped already.
 */
import type { ActionValue, ParamSetting } from '../../graph/index.js';
import type { EditAddress, RequestAddress } from './commands.js';
import type { VoiceMessage } from './voice-messages.js';

/** Names who asked, so that an answer finds its way back; `undefined` when nobody waits. */
export interface ReplyTo {
  /** Which listener took the request in. */
  readonly via: 'osc' | 'supervisor';
  /** The listener's own key of the asker. */
  readonly token: number;
  /** The address asked for, repeated in the answer. */
  readonly address: string;
}

/** What the audio plane applies at a frame. */
export type ControlMessage =
  | {
      readonly kind: 'param';
      readonly nodeId: string;
      readonly name: string;
      readonly value: ParamSetting;
      /** Of a float param: how long it takes to get there; as the param declares when left out. */
      readonly rampMs?: number;
      /** Of a morph, see engine/morph-gate.ts: what is said by hand ends it for this param. Counts from 1. */
      readonly morph?: number;
    }
  | {
      readonly kind: 'action';
      readonly nodeId: string;
      readonly name: string;
      readonly args: readonly ActionValue[];
      readonly replyTo?: ReplyTo;
    }
  | { readonly kind: 'master-gain'; readonly gainDb: number }
  | { readonly kind: 'master-mute'; readonly muted: boolean }
  | { readonly kind: 'panic' }
  | VoiceMessage;

/** What the engine's main thread does, in its own time. */
export interface EngineRequest {
  readonly command: RequestAddress;
  /** As the command declares them. */
  readonly args: readonly ActionValue[];
  readonly replyTo?: ReplyTo;
}

/** An edit of the patch that plays. */
export interface EditRequest {
  readonly command: EditAddress;
  /** As the command declares them. */
  readonly args: readonly ActionValue[];
  readonly replyTo?: ReplyTo;
}

/** Edits that are done all together or not at all, by the engine's main thread. */
export interface GraphTransaction {
  /** At least one; each with a `replyTo` is answered. */
  readonly edits: readonly EditRequest[];
  /** Engine frame at which they take effect, or as soon as they can after it. */
  readonly frame: number;
}

/** `frame` is the engine frame at which the message applies; 0 means at the next tick. */
export interface StampedMessage {
  readonly frame: number;
  readonly message: ControlMessage;
}
