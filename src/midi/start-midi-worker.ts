/** The engine's main thread's handle to MIDI. The worker starts with the first node that listens, or control that is bound. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Observable, ReplaySubject, Subject } from 'rxjs';
import type { BindingNews } from '../binding/index.js';
import type { EngineRequest } from '../control/messages.js';
import {
  BINDINGS_ID,
  type FromMidiWorker,
  type MidiNews,
  type MidiOrder,
  type MidiWorkerData,
  type ToMidiWorker,
} from './worker-protocol.js';

const keptNews = 16;
/** A driver that hangs must not keep the process. */
const closeLimitMs = 1000;

export interface MidiHandle {
  order(order: MidiOrder): void;
  readonly news$: Observable<MidiNews>;
  readonly bindingNews$: Observable<BindingNews>;
  /** Of controls that are bound to what the main thread does. */
  readonly requests$: Observable<EngineRequest>;
  close(): Promise<void>;
}

/** `connect` is given, when the worker starts, the port at which the audio worker receives `StampedMessage[]`. */
export function attendMidi(connect: (audioPort: MessagePort) => void): MidiHandle {
  const news$ = new ReplaySubject<MidiNews>(keptNews);
  const bindingNews$ = new Subject<BindingNews>();
  const requests$ = new Subject<EngineRequest>();
  let worker: Worker | undefined;
  let isOver = false;
  let exited: Promise<void> = Promise.resolve();
  const fail = (nodeId: string, why: string): void => {
    if (isOver) return;
    isOver = true;
    const message = `MIDI has ended until the engine is started again: ${why}.`;
    news$.next({ nodeId, code: 'MIDI_UNAVAILABLE', message });
  };
  const start = (nodeId: string): Worker => {
    const { port1, port2 } = new MessageChannel();
    const workerData: MidiWorkerData = { audioPort: port2 };
    const started = new Worker(new URL('./midi-worker.js', import.meta.url), {
      name: 'midi',
      workerData,
      transferList: [port2],
    });
    exited = new Promise((resolve) => started.once('exit', () => resolve()));
    started.on('message', (message: FromMidiWorker) => {
      if (message.kind === 'news') news$.next(message.news);
      else if (message.kind === 'binding') bindingNews$.next(message.news);
      else requests$.next(message.request);
    });
    started.on('error', (error) => fail(nodeId, error.message));
    started.on('exit', (code) => fail(nodeId, `its thread ended with code ${code}`));
    connect(port1);
    return started;
  };
  return {
    news$,
    bindingNews$,
    requests$,
    order(order) {
      if (isOver) return;
      if (worker === undefined && !isReason(order)) return;
      worker ??= start(order.kind === 'listen' ? order.request.nodeId : BINDINGS_ID);
      worker.postMessage(order satisfies ToMidiWorker);
    },
    async close() {
      isOver = true;
      worker?.postMessage({ kind: 'close' } satisfies ToMidiWorker);
      await Promise.race([exited, sleep(closeLimitMs, undefined, { ref: false })]);
      await worker?.terminate();
      news$.complete();
      bindingNews$.complete();
      requests$.complete();
    },
  };
}

/** Whether it takes a worker to do it. */
function isReason(order: MidiOrder): boolean {
  switch (order.kind) {
    case 'listen':
      return true;
    case 'bindings':
      return order.bindings.length > 0;
    case 'learn':
      return order.isOn;
    default:
      return false;
  }
}
