/** What passes between the engine's main thread, the OSC worker and the audio worker. Plain data throughout. */
import type { MessagePort } from 'node:worker_threads';
import type { AddressTable } from '../control/address-table.js';
import type { OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import type { EngineRequest } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';

/** Where a message came from and where its answer goes. */
export interface Peer {
  /** Left out: UDP. A TCP peer is gone with its connection. */
  readonly via?: 'tcp';
  readonly address: string;
  readonly port: number;
}

export interface OscWorkerData {
  readonly port: number;
  readonly host: string;
  /** TCP port, 0 for a free one, 'same' for that of UDP; left out: no TCP. */
  readonly tcpPort?: number | 'same';
  /** Who may speak: see Gate. */
  readonly allow: readonly string[];
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
  | { readonly kind: 'status'; readonly status: EngineStatus }
  | { readonly kind: 'reply'; readonly order: ReplyOrder }
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'close' };

export type FromOscWorker =
  /** `tcpPort` 0: none. */
  | { readonly kind: 'listening'; readonly port: number; readonly tcpPort: number }
  /** Nothing that ends anything. */
  | { readonly kind: 'warning'; readonly code: OscErrorCode; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly remedy: string }
  | { readonly kind: 'request'; readonly request: EngineRequest }
  | { readonly kind: 'subscribers'; readonly subscribers: readonly Peer[] }
  | { readonly kind: 'closed' };
