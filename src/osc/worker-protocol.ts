/** What passes between the engine's main thread, the OSC worker and the audio worker. Plain data throughout. */
import type { MessagePort } from 'node:worker_threads';
import type { AddressTable } from '../control/address-table.js';
import type { EngineEvent } from '../control/events.js';
import type { EngineRequest, GraphTransaction } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';

/** Where a message came from and where its answer goes. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface OscWorkerData {
  readonly port: number;
  readonly host: string;
  readonly version: string;
  readonly table: AddressTable;
  /** See clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  /** To the audio worker: arrays of StampedMessage go out, ReplyOrders may come back. */
  readonly audioPort: MessagePort;
  readonly subscribers: readonly Peer[];
}

export type ToOscWorker =
  | { readonly kind: 'table'; readonly table: AddressTable }
  /** Of one voice; left out when it has ended. */
  | { readonly kind: 'voice'; readonly voice: string; readonly table?: AddressTable }
  | { readonly kind: 'status'; readonly status: EngineStatus }
  | { readonly kind: 'reply'; readonly order: ReplyOrder }
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'close' };

export type FromOscWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly remedy: string }
  | { readonly kind: 'request'; readonly request: EngineRequest }
  | { readonly kind: 'edits'; readonly transaction: GraphTransaction }
  | { readonly kind: 'subscribers'; readonly subscribers: readonly Peer[] }
  | { readonly kind: 'closed' };
