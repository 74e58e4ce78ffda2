import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ModelError } from '../errors.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { Sampling } from '../stepper.js';
import type { ModelStream } from '../stream.js';
import type { PortableKind } from './portable-stepper.js';
import { SharedRing } from './shared-ring.js';
import type { StreamWorkerData, StreamWorkerReply } from './stream-worker.js';

/** Below this a sub-block would not fit twice. */
const MIN_LOOK_AHEAD_FRAMES = 32;

export interface WorkerStreamOptions {
  /** The worker reads the bundle itself: nothing large crosses threads. */
  readonly bundleDir: string;
  readonly kind: PortableKind;
  /** Of the onnx stepper; its default when left out. */
  readonly provider?: OnnxProvider | undefined;
  readonly seed: number;
  readonly lookAheadFrames: number;
  readonly sampling: Sampling;
}

/** Live, for steppers without native code: a voice on a worker thread which keeps a shared ring full. */
export class WorkerStream implements ModelStream {
  readonly mode = 'threaded';
  readonly sampleRate: number;
  readonly lookAheadFrames: number;
  readonly subBlockFrames: number;
  /** Of the stepper in the worker. */
  readonly instructionSet: string;
  private readonly ring: SharedRing;
  private readonly worker: Worker;
  private readonly exited: Promise<unknown>;
  private isClosed = false;

  /** Resolves when the worker has loaded the bundle and begins to step. Rejects with its ModelError. */
  static async open(options: WorkerStreamOptions): Promise<WorkerStream> {
    const lookAheadFrames = Math.max(MIN_LOOK_AHEAD_FRAMES, options.lookAheadFrames);
    const ring = SharedRing.create(lookAheadFrames);
    ring.postSampling(options.sampling);
    const { bundleDir, kind, provider, seed, sampling } = options;
    const data: StreamWorkerData = {
      bundleDir,
      kind,
      provider,
      seed,
      sampling,
      buffer: ring.buffer,
      lookAheadFrames,
    };
    const worker = new Worker(new URL('./stream-worker.js', import.meta.url), { workerData: data });
    const [reply] = (await once(worker, 'message')) as [StreamWorkerReply];
    if (!reply.ok) throw reply.code ? new ModelError(reply.code, reply.message) : new Error(reply.message);
    return new WorkerStream(ring, worker, reply.instructionSet, reply.sampleRate);
  }

  private constructor(ring: SharedRing, worker: Worker, instructionSet: string, sampleRate: number) {
    this.ring = ring;
    this.worker = worker;
    this.exited = new Promise((resolve) => worker.once('exit', resolve));
    this.instructionSet = instructionSet;
    this.sampleRate = sampleRate;
    this.lookAheadFrames = ring.lookAheadFrames;
    this.subBlockFrames = ring.subBlockFrames;
    // A fault in the worker ends the stream: its reader then sees an empty ring, and that is told.
    worker.on('error', () => undefined);
    worker.unref();
  }

  get availableFrames(): number {
    return this.isClosed ? 0 : this.ring.available();
  }

  get load(): number {
    return this.isClosed ? 0 : this.ring.load();
  }

  read(out: Float32Array, numFrames: number): number {
    return this.isClosed ? 0 : this.ring.read(out, Math.min(numFrames, out.length));
  }

  setSampling(sampling: Sampling): void {
    this.ring.postSampling(sampling);
  }

  reset(seed: number): void {
    if (!this.isClosed) this.ring.requestReset(seed);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.worker.ref();
    this.ring.close();
    await this.exited;
  }
}
