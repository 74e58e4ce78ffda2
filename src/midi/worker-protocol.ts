/** What passes between the audio worker, the engine's main thread and the MIDI worker. Plain data; ports are transferred. */
import type { MessagePort } from 'node:worker_threads';
import type { MidiRequest } from '../../nodes/index.js';
import type { BindingNews, ResolvedBinding, ValueChange } from '../binding/index.js';
import type { EngineRequest } from '../control/messages.js';
import type { MidiCode } from './errors.js';

/** In the place of a node's id. */
export const BINDINGS_ID = 'bindings';

/** What the nodes want. `id` tells one listening from another for the same node. */
export type ListenOrder =
  | { readonly kind: 'listen'; readonly id: number; readonly request: MidiRequest }
  | { readonly kind: 'unlisten'; readonly id: number };

export type MidiOrder =
  | ListenOrder
  /** In the place of those before. */
  | { readonly kind: 'bindings'; readonly bindings: readonly ResolvedBinding[] }
  /** Values of addresses that are bound, as they took effect. */
  | { readonly kind: 'applied'; readonly changes: readonly ValueChange[] }
  /** Whether the next control that moves is to be told. */
  | { readonly kind: 'learn'; readonly isOn: boolean };

export interface MidiWorkerData {
  /** To the audio worker: arrays of StampedMessage go out. */
  readonly audioPort: MessagePort;
}

export type ToMidiWorker = MidiOrder | { readonly kind: 'close' };

export type FromMidiWorker =
  | { readonly kind: 'news'; readonly news: MidiNews }
  | { readonly kind: 'binding'; readonly news: BindingNews }
  /** Of a control that is bound to it; nobody waits for an answer. */
  | { readonly kind: 'request'; readonly request: EngineRequest };

/** For a person: a port was opened, or, with a code, something is not as it was asked for. */
export interface MidiNews {
  /** Of the node, or `bindings`. */
  readonly nodeId: string;
  readonly message: string;
  readonly code?: MidiCode;
}
