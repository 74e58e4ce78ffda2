/** The engine's main thread's handle to MIDI. The worker starts with the first node that listens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Observable, ReplaySubject } from 'rxjs';
import type { MidiNews, MidiOrder, MidiWorkerData, ToMidiWorker } from './worker-protocol.js';

const keptNews = 16;
/** A driver that hangs must not keep the process. */
const closeLimitMs = 1000;

export interface MidiHandle {
  order(order: MidiOrder): void;
  readonly news$: Observable<MidiNews>;
  close(): Promise<void>;
}

/** `connect` is given, when the worker starts, the port at which the audio worker receives `StampedMessage[]`. */
export function attendMidi(connect: (audioPort: MessagePort) => void): MidiHandle {
  const news$ = new ReplaySubject<MidiNews>(keptNews);
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
    started.on('message', (news: MidiNews) => news$.next(news));
    started.on('error', (error) => fail(nodeId, error.message));
    started.on('exit', (code) => fail(nodeId, `its thread ended with code ${code}`));
    connect(port1);
    return started;
  };
  return {
    news$,
    order(order) {
      if (isOver) return;
      if (worker === undefined && order.kind === 'unlisten') return;
      worker ??= start(order.kind === 'listen' ? order.request.nodeId : '');
      worker.postMessage(order satisfies ToMidiWorker);
    },
    async close() {
      isOver = true;
      worker?.postMessage({ kind: 'close' } satisfies ToMidiWorker);
      await Promise.race([exited, sleep(closeLimitMs, undefined, { ref: false })]);
      await worker?.terminate();
      news$.complete();
    },
  };
}
