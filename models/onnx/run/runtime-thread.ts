import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Bundle } from '../../bundle/types.js';
import { ModelError } from '../../errors.js';
import { periodState, primeFrames, stateModel } from '../graph/state-layout.js';
import type { OnnxProvider } from '../providers.js';
import { steeringLayout, steeringLength, type TierRowsAt } from '../steering.js';
import { type Command, Mailbox, type MailboxSize } from './mailbox.js';
import type { RuntimeFailure, RuntimeWorkerData, RuntimeWorkerReply } from './runtime-worker.js';

/** A run that takes longer hangs: a driver that has died, for example. */
const LIMIT_MS = 120_000;

/**
 * The thread in which ONNX Runtime runs a model. Its `run` is a promise, a voice's methods are not: the caller
 * sleeps until the thread has answered. So the calls of all voices of a model come one after the other.
 */
export class RuntimeThread {
  readonly mailbox: Mailbox;
  /** Of the mailbox. */
  readonly steeringLayout: readonly TierRowsAt[];
  readonly runtimeVersion: string;
  private readonly worker: Worker;
  private nextSlot = 0;
  private isClosed = false;
  /** Voices that were collected since the last call. */
  private readonly abandoned: number[] = [];
  private readonly registry = new FinalizationRegistry<number>((slot) => this.abandoned.push(slot));

  /** Rejects with MODEL_ONNX, MODEL_ONNX_PROVIDER, or what exporting the bundle throws. */
  static async open(bundle: Bundle, provider: OnnxProvider): Promise<RuntimeThread> {
    const { architecture, quantiser } = bundle.manifest;
    const maxRows = primeFrames(architecture);
    const layout = steeringLayout(bundle, maxRows);
    const size: MailboxSize = {
      // A longer block is several runs.
      maxRows,
      levels: quantiser.levels,
      stateLength: periodState(stateModel(bundle))
        .map(({ shape }) => shape.reduce((product, n) => product * n, 1))
        .reduce((sum, length) => sum + length, 0),
      steeringLength: steeringLength(layout, maxRows),
    };
    const mailbox = new Mailbox(size);
    const data: RuntimeWorkerData = { bundle, provider, size, buffer: mailbox.buffer };
    const worker = new Worker(new URL('./runtime-worker.js', import.meta.url), { workerData: data });
    const [reply] = (await once(worker, 'message')) as [RuntimeWorkerReply];
    if (!reply.ok) throw errorOf(reply.failure);
    return new RuntimeThread(mailbox, layout, reply.runtimeVersion, worker);
  }

  private constructor(
    mailbox: Mailbox,
    steeringLayout: readonly TierRowsAt[],
    runtimeVersion: string,
    worker: Worker,
  ) {
    this.mailbox = mailbox;
    this.steeringLayout = steeringLayout;
    this.runtimeVersion = runtimeVersion;
    this.worker = worker;
    // A fault there is a call without an answer here.
    worker.on('error', () => undefined);
    worker.unref();
  }

  /** The number of a new voice in its initial state; it is freed when `voice` is collected. */
  addVoice(voice: object): number {
    const slot = this.nextSlot++;
    this.call('reset', slot);
    this.registry.register(voice, slot);
    return slot;
  }

  /** Waits until the thread has done it. Throws MODEL_ONNX when it fails. */
  call(command: Command, slot: number, rows = 0, wantsLogits = false): void {
    while (this.abandoned.length > 0) this.send('free', this.abandoned.pop()!, 0, false);
    this.send(command, slot, rows, wantsLogits);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.mailbox.post('close');
  }

  private send(command: Command, slot: number, rows: number, wantsLogits: boolean): void {
    if (this.isClosed) throw new ModelError('MODEL_ONNX', 'The stepper of this voice is disposed of.');
    if (!this.mailbox.call(command, slot, rows, wantsLogits, LIMIT_MS)) {
      this.isClosed = true;
      void this.worker.terminate();
      throw new ModelError('MODEL_ONNX', `ONNX Runtime gave no answer within ${LIMIT_MS / 1000} s.`);
    }
    const fault = this.mailbox.takeFault();
    if (fault !== undefined) throw new ModelError('MODEL_ONNX', `ONNX Runtime failed: ${fault}`);
  }
}

function errorOf({ code, message, remedy }: RuntimeFailure): Error {
  if (code === undefined) return new Error(message);
  return new ModelError(code, message, remedy === undefined ? {} : { remedy });
}
