/** Lets a voice hear a sound on a thread of its own, and hands over the state that it is in then. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { OnnxProvider, Pair, StepperChoice } from '../../models/index.js';
import type { HeardStretch, PrimedState } from '../../nodes/index.js';
import type { Stretch } from '../audio-files/index.js';
import { EngineError } from './errors.js';

/** Longer than any minute of sound takes a model that can play. */
const limitMs = 300_000;

export interface PrimeOrder {
  readonly bundleDir: string;
  /** The model that sounds as one with it, and hears the same. */
  readonly second?: (Pair & { readonly bundleDir: string }) | undefined;
  readonly stepper: StepperChoice;
  readonly provider: OnnxProvider | undefined;
  readonly sound: PrimeSound;
}

/** Of a file, or what an input has heard a moment ago. */
export type PrimeSound =
  | { readonly path: string; readonly stretch: Stretch }
  | { readonly heard: HeardStretch };

export interface PrimeTask extends PrimeOrder {
  /** Where the reply goes, and a word that becomes 1 when it has gone. */
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

export type PrimeReply =
  | { readonly ok: true; readonly state: PrimedState }
  | {
      readonly ok: false;
      readonly code: string | undefined;
      readonly remedy: string | undefined;
      readonly message: string;
    };

/** What a thread failed with: a coded error of its layer, whichever that is. */
class PrimeError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Rejects with the coded error that the thread failed with. */
export async function prime(order: PrimeOrder): Promise<PrimedState> {
  const { worker, port } = start(order);
  try {
    return stateOf(
      await new Promise<PrimeReply>((done, failed) => {
        port.once('message', done);
        worker.once('error', (cause) => failed(broken(String(cause))));
        worker.once('exit', (code) => failed(broken(`its thread ended with code ${code}`)));
      }),
    );
  } finally {
    port.close();
    await worker.terminate();
  }
}

/** The same, asleep until it is done: offline, where time stands still meanwhile. */
export function primeNow(order: PrimeOrder): PrimedState {
  const { worker, port, signal } = start(order);
  try {
    if (Atomics.wait(signal, 0, 0, limitMs) === 'timed-out') throw broken('it gave no answer');
    const received = receiveMessageOnPort(port) as { readonly message: PrimeReply } | undefined;
    if (received === undefined) throw broken('it gave no answer');
    return stateOf(received.message);
  } finally {
    port.close();
    void worker.terminate();
  }
}

function start(order: PrimeOrder): { worker: Worker; port: MessagePort; signal: Int32Array } {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workerData: PrimeTask = { ...order, port: port2, signal };
  const worker = new Worker(new URL('./prime-worker.js', import.meta.url), {
    workerData,
    transferList: [port2],
    stdout: true,
    stderr: true,
  });
  worker.unref();
  return { worker, port: port1, signal };
}

function stateOf(reply: PrimeReply): PrimedState {
  if (reply.ok) return reply.state;
  if (reply.code === undefined) throw broken(reply.message);
  throw new PrimeError(reply.code, reply.message, reply.remedy ?? '');
}

function broken(why: string): EngineError {
  return new EngineError('ENGINE_PRIME', `The model could not listen: ${why}.`);
}
