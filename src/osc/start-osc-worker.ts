/** Starts the OSC worker and gives the engine's main thread a handle to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { BehaviorSubject, type Observable, ReplaySubject, Subject } from 'rxjs';
import type { AddressTable } from '../control/address-table.js';
import type { Told } from '../control/coerce.js';
import { OSC_CODES, OscError, type OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import type { EngineRequest, GraphTransaction } from '../control/messages.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import type { ValueChanges } from './value-board.js';
import type { FromOscWorker, OscWorkerData, Subscriber, ToOscWorker } from './worker-protocol.js';

export interface OscWorkerOptions {
  /** UDP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; loopback when left out. */
  readonly host?: string;
  /** TCP port, 0 for a free one, 'same' for that of UDP; no TCP when left out. */
  readonly tcpPort?: number | 'same' | undefined;
  /** Addresses that may speak, `ADDRESS` or `ADDRESS/BITS`; everybody when empty or left out. */
  readonly allow?: readonly string[] | undefined;
  /** Of the engine, for `/version.reply`. */
  readonly version: string;
  readonly table: AddressTable;
  /** From `createClockPage`; the audio worker's `ClockWriter` publishes into it. */
  readonly clock: SharedArrayBuffer;
  /** From `createParamRing`, for the audio worker to read; left out: everything goes through the port. */
  readonly paramRing?: SharedArrayBuffer | undefined;
  /** Subscribers of an engine that died, to be kept. */
  readonly subscribers?: readonly Subscriber[];
  /** Socket that tells a supervisor how far the sound has come: see pulse.ts. Left out: none. */
  readonly pulsePath?: string | undefined;
}

export interface OscHandle {
  /** The port that is really listened on. */
  readonly port: number;
  /** 0: no TCP. */
  readonly tcpPort: number;
  readonly host: string;
  /**
   * To be transferred to the audio worker, once. It receives `PortItem[]` (one array per
   * turn of the OSC worker's loop, in order; without a `paramRing` they are `StampedMessage`s) and may post `ReplyOrder`s back.
   */
  readonly audioPort: MessagePort;
  /** Requests for the main thread. Each with a `replyTo` wants a `reply`. Those that come while nobody listens are refused. */
  readonly requests$: Observable<EngineRequest>;
  /** Edits of the patch, for the main thread too, and refused likewise. */
  readonly edits$: Observable<GraphTransaction>;
  setTable(table: AddressTable): void;
  /** The addresses of a voice that plays, beside the table; without them it has ended. */
  setVoice(voice: string, table?: AddressTable): void;
  /** What params hold: some of them, or, when `isWhole`, all there are. */
  setValues(changes: ValueChanges, isWhole: boolean): void;
  /** The table that is in force, and each that comes after it. */
  readonly table$: Observable<AddressTable>;
  setStatus(status: EngineStatus): void;
  reply(order: ReplyOrder): void;
  /** Tells all subscribers; lines of the log go to those who asked for them. */
  broadcast(event: EngineEvent): void;
  subscribers(): readonly Subscriber[];
  /** Emits the whole list after each change, so that a restarted engine can be given it back. */
  readonly subscribers$: Observable<readonly Subscriber[]>;
  /** What a person should know and nobody asked for: those from the start on, also for a late subscriber. */
  readonly warnings$: Observable<Told>;
  /** Emits once, with a coded error, when the worker dies on its own; also to who listens only then. */
  readonly failed$: Observable<OscError>;
  /** Sends what is due, closes the socket, ends the worker, also one that hangs. */
  close(): Promise<void>;
}

const KEPT_WARNINGS = 16;
/** After this long a worker that does not close is ended. */
const CLOSE_LIMIT_MS = 3000;

export async function startOscWorker(options: OscWorkerOptions): Promise<OscHandle> {
  const { port1: audioPort, port2: workerPort } = new MessageChannel();
  const host = options.host ?? '127.0.0.1';
  const workerData: OscWorkerData = {
    port: options.port,
    host,
    ...(options.tcpPort !== undefined && { tcpPort: options.tcpPort }),
    allow: options.allow ?? [],
    version: options.version,
    table: options.table,
    clock: options.clock,
    audioPort: workerPort,
    ...(options.paramRing && { paramRing: options.paramRing }),
    subscribers: options.subscribers ?? [],
    ...(options.pulsePath !== undefined && { pulsePath: options.pulsePath }),
  };
  const worker = new Worker(new URL('./osc-worker.js', import.meta.url), {
    name: 'osc',
    workerData,
    transferList: [workerPort],
  });
  const table$ = new BehaviorSubject(options.table);
  const requests$ = new Subject<EngineRequest>();
  const edits$ = new Subject<GraphTransaction>();
  const subscribers$ = new Subject<readonly Subscriber[]>();
  const failed$ = new ReplaySubject<OscError>(1);
  const warnings$ = new ReplaySubject<Told>(KEPT_WARNINGS);
  let subscribers = workerData.subscribers;
  let isClosing = false;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  const post = (message: ToOscWorker): void => worker.postMessage(message);
  /** The engine is not there yet: better said at once than never. */
  const refuse = (asked: readonly Pick<EngineRequest, 'replyTo'>[]): void => {
    const { summary: message } = OSC_CODES.OSC_NOT_READY;
    for (const { replyTo } of asked) {
      if (replyTo?.via !== 'osc') continue;
      post({ kind: 'reply', order: { token: replyTo.token, ok: false, code: 'OSC_NOT_READY', message } });
    }
  };

  const { port, tcpPort } = await new Promise<{ port: number; tcpPort: number }>((resolve, reject) => {
    const fail = (error: OscError): void => {
      reject(error);
      if (!isClosing) failed$.next(error);
      failed$.complete();
    };
    worker.on('message', (message: FromOscWorker) => {
      if (message.kind === 'listening') resolve(message);
      else if (message.kind === 'warning') warnings$.next(message);
      else if (message.kind === 'request') {
        if (requests$.observed) requests$.next(message.request);
        else refuse([message.request]);
      } else if (message.kind === 'edits') {
        if (edits$.observed) edits$.next(message.transaction);
        else refuse(message.transaction.edits);
      } else if (message.kind === 'subscribers') {
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

  return {
    port,
    tcpPort,
    host,
    audioPort,
    requests$,
    edits$,
    subscribers$,
    failed$,
    warnings$,
    setTable: (table) => {
      post({ kind: 'table', table });
      table$.next(table);
    },
    table$,
    setVoice: (voice, table) => post({ kind: 'voice', voice, ...(table && { table }) }),
    setValues: (changes, isWhole) => post({ kind: 'values', changes, isWhole }),
    setStatus: (status) => post({ kind: 'status', status }),
    reply: (order) => post({ kind: 'reply', order }),
    broadcast: (event) => post({ kind: 'event', event }),
    subscribers: () => subscribers,
    async close() {
      isClosing = true;
      post({ kind: 'close' });
      await Promise.race([exited, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      await worker.terminate();
      table$.complete();
      requests$.complete();
      edits$.complete();
      subscribers$.complete();
      failed$.complete();
      warnings$.complete();
    },
  };
}
