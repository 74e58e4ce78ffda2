/** What passes between the engine's main thread, the OSC worker and the audio worker. Plain data throughout. */
import type { MessagePort } from 'node:worker_threads';
import type { AddressTable } from '../control/address-table.js';
import type { OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import type { LogLevel } from '../control/log-lines.js';
import type { EngineRequest, GraphTransaction } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import type { ValueChanges } from './value-board.js';

/** Where a message came from and where its answer goes. */
export interface Peer {
  /** Left out: UDP. A TCP peer is gone with its connection. */
  readonly via?: 'tcp';
  readonly address: string;
  readonly port: number;
}

/** What a peer is told unasked: events, values, lines of the log. */
export interface Subscriber extends Peer {
  /** Left out: true. */
  readonly events?: boolean;
  readonly log?: LogLevel;
  readonly watches?: readonly ValueWatch[];
}

export interface ValueWatch {
  /** An address or a pattern. */
  readonly what: string;
  readonly minIntervalMs: number;
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
  /** To the audio worker: arrays of PortItem go out, ReplyOrders may come back. */
  readonly audioPort: MessagePort;
  /** See control/param-ring.ts. Left out: everything goes through the port. */
  readonly paramRing?: SharedArrayBuffer;
  readonly subscribers: readonly Subscriber[];
  /** See pulse.ts. Left out: none. */
  readonly pulsePath?: string;
}

export type ToOscWorker =
  | { readonly kind: 'table'; readonly table: AddressTable }
  /** Of one voice; left out when it has ended. */
  | { readonly kind: 'voice'; readonly voice: string; readonly table?: AddressTable }
  /** What params hold: some of them, or all there are. */
  | { readonly kind: 'values'; readonly changes: ValueChanges; readonly isWhole: boolean }
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
  | { readonly kind: 'edits'; readonly transaction: GraphTransaction }
  | { readonly kind: 'subscribers'; readonly subscribers: readonly Subscriber[] }
  | { readonly kind: 'closed' };
