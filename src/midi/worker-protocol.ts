/** What passes between the audio worker, the engine's main thread and the MIDI worker. Plain data; ports are transferred. */
import type { MessagePort } from 'node:worker_threads';
import type { MidiRequest } from '../../nodes/index.js';
import type { MidiCode } from './errors.js';

/** What the nodes want. `id` tells one listening from another for the same node. */
export type MidiOrder =
  | { readonly kind: 'listen'; readonly id: number; readonly request: MidiRequest }
  | { readonly kind: 'unlisten'; readonly id: number };

export interface MidiWorkerData {
  /** To the audio worker: arrays of StampedMessage go out. */
  readonly audioPort: MessagePort;
}

export type ToMidiWorker = MidiOrder | { readonly kind: 'close' };

/** For a person: a port was opened, or, with a code, something is not as it was asked for. */
export interface MidiNews {
  readonly nodeId: string;
  readonly message: string;
  readonly code?: MidiCode;
}
