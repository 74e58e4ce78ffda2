/** Starts the OSC worker and gives the engine's main thread a handle to it. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { BehaviorSubject, type Observable, Subject } from 'rxjs';
import type { AddressTable } from '../control/address-table.js';
import { OscError, type OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import type { EngineRequest } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import type { FromOscWorker, OscWorkerData, Peer, ToOscWorker } from './worker-protocol.js';

export interface OscWorkerOptions {
  /** UDP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; loopback when left out. */
  readonly host?: string;
  /** Of the engine, for `/version.reply`. */
  readonly version: string;
  readonly table: AddressTable;
  /** From `createClockPage`; the audio worker's `ClockWriter` publishes into it. */
  readonly clock: SharedArrayBuffer;
  /** Subscribers of an engine that died, to be kept. */
  readonly subscribers?: readonly Peer[];
}

export interface OscHandle {
  /** The port that is really listened on. */
  readonly port: number;
  readonly host: string;
  /**
   * To be transferred to the audio worker, once. It receives `StampedMessage[]` (one array per
   * turn of the OSC worker's loop, in order) and may post `ReplyOrder`s back.
   */
  readonly audioPort: MessagePort;
  /** Requests for the main thread. Each with a `replyTo` wants a `reply`. */
  readonly requests$: Observable<EngineRequest>;
  setTable(table: AddressTable): void;
  /** The table that is in force, and each that comes after it. */
  readonly table$: Observable<AddressTable>;
  setStatus(status: EngineStatus): void;
  reply(order: ReplyOrder): void;
  /** Tells all subscribers. */
  broadcast(event: EngineEvent): void;
  subscribers(): readonly Peer[];
  /** Emits the whole list after each change, so that a restarted engine can be given it back. */
  readonly subscribers$: Observable<readonly Peer[]>;
  /** Emits once, with a coded error, when the worker dies on its own. */
  readonly failed$: Observable<OscError>;
  /** Sends what is due, closes the socket, ends the worker. */
  close(): Promise<void>;
}

export async function startOscWorker(options: OscWorkerOptions): Promise<OscHandle> {
  const { port1: audioPort, port2: workerPort } = new MessageChannel();
  const host = options.host ?? '127.0.0.1';
  const workerData: OscWorkerData = {
    port: options.port,
    host,
    version: options.version,
    table: options.table,
    clock: options.clock,
    audioPort: workerPort,
    subscribers: options.subscribers ?? [],
  };
  const worker = new Worker(new URL('./osc-worker.js', import.meta.url), {
    name: 'osc',
    workerData,
    transferList: [workerPort],
  });
  const table$ = new BehaviorSubject(options.table);
  const requests$ = new Subject<EngineRequest>();
  const subscribers$ = new Subject<readonly Peer[]>();
  const failed$ = new Subject<OscError>();
  let subscribers = workerData.subscribers;
  let isClosing = false;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  const port = await new Promise<number>((resolve, reject) => {
    const fail = (error: OscError): void => {
      reject(error);
      if (!isClosing) failed$.next(error);
      failed$.complete();
    };
    worker.on('message', (message: FromOscWorker) => {
      if (message.kind === 'listening') resolve(message.port);
      else if (message.kind === 'request') requests$.next(message.request);
      else if (message.kind === 'subscribers') {
        subscribers = message.subscribers;
        subscribers$.next(subscribers);
      } else if (message.kind === 'failed')
        fail(new OscError(message.code as OscErrorCode, message.message, message.remedy));
    });
    worker.on('error', (error) =>
      fail(new OscError('OSC_SOCKET_FAILED', `The OSC worker failed: ${error.message}`)),
    );
    worker.on('exit', (code) => {
      if (!isClosing) fail(new OscError('OSC_SOCKET_FAILED', `The OSC worker ended with code ${code}.`));
    });
  });

  const post = (message: ToOscWorker): void => worker.postMessage(message);
  return {
    port,
    host,
    audioPort,
    requests$,
    subscribers$,
    failed$,
    setTable: (table) => {
      post({ kind: 'table', table });
      table$.next(table);
    },
    table$,
    setStatus: (status) => post({ kind: 'status', status }),
    reply: (order) => post({ kind: 'reply', order }),
    broadcast: (event) => post({ kind: 'event', event }),
    subscribers: () => subscribers,
    async close() {
      isClosing = true;
      post({ kind: 'close' });
      await exited;
      table$.complete();
      requests$.complete();
      subscribers$.complete();
      failed$.complete();
    },
  };
}
