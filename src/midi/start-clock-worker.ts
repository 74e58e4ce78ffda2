/** The engine's main thread's handle to the MIDI clock that is sent. The worker starts with the first start. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Observable, Subject } from 'rxjs';
import type { ClockNews, ClockOrder, ClockWorkerData } from './clock-protocol.js';

/** A driver that hangs must not keep the process. */
const closeLimitMs = 1000;

export interface ClockHandle {
  order(order: Exclude<ClockOrder, { kind: 'close' }>): void;
  readonly news$: Observable<ClockNews>;
  close(): Promise<void>;
}

/** `clock`: see osc/clock-page.ts. `sampleRate`: Hz, of the engine. */
export function attendClock(clock: SharedArrayBuffer, sampleRate: number): ClockHandle {
  const news$ = new Subject<ClockNews>();
  const wake = new SharedArrayBuffer(4);
  const word = new Int32Array(wake);
  let port: MessagePort | undefined;
  let worker: Worker | undefined;
  let exited: Promise<void> = Promise.resolve();
  const start = (): void => {
    const { port1, port2 } = new MessageChannel();
    const workerData: ClockWorkerData = { port: port2, wake, clock, sampleRate };
    const started = new Worker(new URL('./clock-worker.js', import.meta.url), {
      name: 'midi clock',
      workerData,
      transferList: [port2],
    });
    exited = new Promise((resolve) => started.once('exit', () => resolve()));
    started.on('error', (error) => {
      // The next start begins anew.
      worker = undefined;
      news$.next({ message: `The MIDI clock has ended: ${error.message}`, code: 'MIDI_OUTPUT_FAILED' });
    });
    port1.on('message', (news: ClockNews) => news$.next(news));
    port1.unref();
    port = port1;
    worker = started;
  };
  const post = (order: ClockOrder): void => {
    port?.postMessage(order);
    Atomics.add(word, 0, 1);
    Atomics.notify(word, 0);
  };
  return {
    news$,
    order(order) {
      if (worker === undefined && order.kind !== 'start') return;
      if (worker === undefined) start();
      post(order);
    },
    async close() {
      post({ kind: 'close' });
      await Promise.race([exited, sleep(closeLimitMs, undefined, { ref: false })]);
      await worker?.terminate();
      port?.close();
      news$.complete();
    },
  };
}
