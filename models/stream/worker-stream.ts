import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ConditioningInput } from '../bundle/types.js';
import { ModelError, type ModelErrorCode } from '../errors.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { Sampling } from '../stepper.js';
import type { ModelStream, StreamState } from '../stream.js';
import type { WatchdogSettings } from '../watchdog/settings.js';
import type { PortableKind } from './portable-stepper.js';
import type { SecondBundle, StreamWorkerData, StreamWorkerReply } from './serve-stream.js';
import { SharedFrames } from './shared-frames.js';
import { SharedRing } from './shared-ring.js';
import { SharedSampling } from './shared-sampling.js';
import { countRunaways, streamNumbers } from './stream-numbers.js';
import { WordNews, WorkerLapses } from './worker-lapses.js';
import { WorkerStates } from './worker-states.js';

/** Below this a sub-block would not fit twice. */
const MIN_LOOK_AHEAD_FRAMES = 32;
const WORKER = new URL('./stream-worker.js', import.meta.url);

export interface WorkerStreamOptions {
  /** The worker reads the bundle itself: nothing large crosses threads. */
  readonly bundleDir: string;
  /** The model that sounds as one with it, of the same kind. */
  readonly second?: SecondBundle | undefined;
  readonly kind: PortableKind;
  /** Of the onnx stepper; its default when left out. */
  readonly provider?: OnnxProvider | undefined;
  readonly seed: number;
  readonly lookAheadFrames: number;
  readonly sampling: Sampling;
  /** Undefined for a voice that is not watched. */
  readonly watchdog?: WatchdogSettings | undefined;
}

/**
 * Live, for steppers without native code: a voice on a worker thread which keeps a shared ring full. It is never
 * rolled back: what is said applies at the write head, or, planned, when that comes to its frame; where that was is told.
 */
export class WorkerStream implements ModelStream {
  readonly mode = 'threaded';
  readonly sampleRate: number;
  readonly lookAheadFrames: number;
  readonly planAheadFrames: number;
  readonly subBlockFrames: number;
  /** Of the stepper in the worker. */
  readonly instructionSet: string;
  readonly conditioning: readonly ConditioningInput[];
  readonly states: WorkerStates;
  private readonly ring: SharedRing;
  private readonly frames: SharedFrames;
  private readonly worker: Worker;
  private readonly exited: Promise<unknown>;
  private readonly control: SharedSampling;
  readonly lapses: WorkerLapses;
  /** The last said. */
  private readonly said = { temperature: 1, topP: 1, topK: 0, blend: 0 };
  /** Since the last reset. */
  private numWords = 0;
  private readonly told = streamNumbers();
  private framesRead = 0;
  /** Of conditioning, on the way to the worker. */
  private framesLost = 0;
  private hasBeenFull = false;
  private isClosed = false;

  /**
   * Resolves when the worker has loaded the bundle and begins to step. Rejects with its ModelError.
   * `workerFile` calls `serveStream`.
   */
  static async open(options: WorkerStreamOptions, workerFile = WORKER): Promise<WorkerStream> {
    const lookAheadFrames = Math.max(MIN_LOOK_AHEAD_FRAMES, options.lookAheadFrames);
    const ring = SharedRing.create(lookAheadFrames);
    const control = new SharedSampling();
    const news = new WordNews();
    const { bundleDir, second, kind, provider, seed, sampling, watchdog } = options;
    const data: StreamWorkerData = {
      bundleDir,
      second,
      kind,
      provider,
      seed,
      sampling,
      buffer: ring.buffer,
      control: control.buffer,
      news: news.buffer,
      lookAheadFrames,
      watchdog,
    };
    const worker = new Worker(workerFile, { workerData: data });
    const [reply] = (await once(worker, 'message')) as [StreamWorkerReply];
    if (!reply.ok) throw reply.code ? new ModelError(reply.code, reply.message) : new Error(reply.message);
    return new WorkerStream(ring, control, news, worker, reply, sampling);
  }

  /** Of a stream with this look-ahead. */
  static planAheadFrames(lookAheadFrames: number): number {
    const ring = SharedRing.create(Math.max(MIN_LOOK_AHEAD_FRAMES, lookAheadFrames));
    return ring.lookAheadFrames + ring.subBlockFrames;
  }

  private constructor(
    ring: SharedRing,
    control: SharedSampling,
    news: WordNews,
    worker: Worker,
    {
      instructionSet,
      sampleRate,
      conditioning,
      frames,
      states,
    }: Extract<StreamWorkerReply, { readonly ok: true }>,
    sampling: Sampling,
  ) {
    this.ring = ring;
    this.frames = new SharedFrames(conditioning, frames);
    this.conditioning = conditioning;
    this.control = control;
    this.states = new WorkerStates(
      states,
      () => ring.wantedGeneration(),
      () => ++this.numWords,
    );
    this.lapses = new WorkerLapses(news, () => ring.wantedGeneration());
    this.keep(sampling);
    this.worker = worker;
    this.exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (reply: StreamWorkerReply) => {
      if (!reply.ok) this.fail(reply.message, reply.code);
    });
    // What the worker cannot tell itself: it ran out of memory, for example.
    worker.on('error', ({ message }) => this.fail(message));
    worker.once('exit', (code) => this.fail(`Its thread ended with exit code ${code}.`));
    this.instructionSet = instructionSet;
    this.sampleRate = sampleRate;
    this.lookAheadFrames = ring.lookAheadFrames;
    this.subBlockFrames = ring.subBlockFrames;
    this.planAheadFrames = ring.lookAheadFrames + ring.subBlockFrames;
    worker.unref();
  }

  get availableFrames(): number {
    return this.isClosed ? 0 : this.ring.available();
  }

  get steerAfterFrames(): number {
    return this.lapses.numReads === 0 ? 0 : this.lookAheadFrames;
  }

  get position(): number {
    return this.framesRead;
  }

  get state(): StreamState {
    this.told.load = this.isClosed || this.told.fault ? 0 : this.ring.load();
    this.told.lookAheadFrames = this.lookAheadFrames;
    this.told.controlLatencyFrames = this.lookAheadFrames;
    this.told.conditioningLost = this.framesLost + this.ring.lost();
    this.ring.takeRunaways(this.told.runawayCauses);
    return countRunaways(this.told);
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.isClosed) return 0;
    this.frames.flush();
    this.control.flush();
    this.lapses.numReads++;
    if (this.lapses.numReads === 1) this.lapses.add('steer', 0, this.lookAheadFrames);
    const asked = Math.min(numFrames, out.length);
    const available = this.ring.available();
    const isFull = available + this.subBlockFrames > this.lookAheadFrames;
    this.hasBeenFull ||= isFull;
    const n = this.ring.read(out, asked);
    this.framesRead += n;
    if (n < asked) this.lapses.add('dry', this.framesRead, n);
    if (n < asked && !this.ring.isResetting()) this.countXrun(isFull);
    return n;
  }

  setSampling(sampling: Sampling): void {
    this.post(undefined, sampling);
  }

  planSampling(frame: number, sampling: Sampling): void {
    this.post(Math.max(0, frame), sampling);
  }

  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void {
    const generation = this.ring.wantedGeneration();
    const word = ++this.numWords;
    this.framesLost += this.frames.post(input, generation, firstFrame, frames, numFrames, word);
    if (this.frames.isBehind) this.lapses.add('lost', 0, 0);
  }

  reset(seed: number): void {
    if (this.isClosed) return;
    const heardFrames = this.framesRead;
    this.framesRead = 0;
    this.hasBeenFull = false;
    this.numWords = 0;
    this.lapses.restart();
    this.frames.forget();
    this.control.post((this.ring.wantedGeneration() + 1) | 0, 0, undefined, this.said);
    this.ring.requestReset(seed, heardFrames);
  }

  private post(frame: number | undefined, sampling: Sampling): void {
    this.keep(sampling);
    const word = ++this.numWords;
    const isPosted = this.control.post(this.ring.wantedGeneration(), word, frame, sampling);
    if (!isPosted) this.lapses.add('lost', 0, 0);
  }

  private keep(sampling: Sampling): void {
    this.said.temperature = sampling.temperature;
    this.said.topP = sampling.topP;
    this.said.topK = sampling.topK;
    this.said.blend = sampling.blend ?? 0;
  }

  /** The first reason counts; that the thread of a closed stream ends is none. */
  private fail(message: string, code: ModelErrorCode = 'MODEL_STREAM'): void {
    if (!this.isClosed) this.told.fault ??= { code, message };
  }

  /** Seen from the reader alone: a worker that is fast enough and yet late was not run. */
  private countXrun(wasFull: boolean): void {
    if (this.told.fault) return;
    const causes = this.told.xrunCauses;
    this.told.xruns++;
    // Without a cause: the fault is on its way.
    if (this.ring.hasEnded()) return;
    if (wasFull) causes.burst++;
    else if (this.ring.load() > 0.9) causes.overload++;
    else if (!this.hasBeenFull) causes.starting++;
    else causes.preempted++;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.worker.ref();
    this.ring.close();
    await this.exited;
  }
}
