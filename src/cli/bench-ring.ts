import { Worker } from 'node:worker_threads';
import { loadBundle, openStream, type StepperChoice, type StreamState } from '../../models/index.js';
import { playInRealTime } from './real-time-ticks.js';
import { type Spread, spreadOf } from './spread.js';

export interface RingBenchOptions {
  readonly stepper: StepperChoice;
  readonly seconds: number;
  /** Model frames per read. */
  readonly block: number;
  readonly lookAheadMs: number;
  /** Busy threads beside the model's. */
  readonly busy: number;
}

export interface RingBench {
  readonly bundle: string;
  readonly stepper: string;
  readonly instructionSet: string;
  readonly scheduling: string;
  readonly lookAheadFrames: number;
  readonly busyThreads: number;
  /** What one read costs the reader, all of it. */
  readonly readUs: Spread;
  /** How late the reader itself was for its ticks. */
  readonly readerLateMs: Spread;
  /** How long the model's thread lay behind a full ring when the reader came: its jitter, at most the look-ahead. */
  readonly threadLateMs: Spread;
  readonly load: number;
  readonly reads: number;
  readonly xruns: number;
  readonly xrunCauses: StreamState['xrunCauses'];
}

/** Plays one stream in real time and looks how full its ring is whenever the reader comes. */
export async function benchRing(folder: string, options: RingBenchOptions): Promise<RingBench> {
  const bundle = await loadBundle(folder);
  const { sampleRate, sampling } = bundle.manifest;
  const { stream, stepper } = await openStream({
    bundle,
    bundleDir: folder,
    stepper: options.stepper,
    mode: 'threaded',
    seed: 1,
    lookAheadFrames: Math.round((options.lookAheadMs * sampleRate) / 1000),
    sampling,
  });
  const busy = Array.from({ length: options.busy }, () => new Worker('for (;;);', { eval: true }));
  const out = new Float32Array(options.block);
  const tickMs = (1000 * options.block) / sampleRate;
  const numReads = Math.max(1, Math.round((options.seconds * 1000) / tickMs));
  const readUs: number[] = [];
  const readerLateMs: number[] = [];
  const threadLateMs: number[] = [];
  const startedMs = performance.now();
  playInRealTime(numReads, tickMs, (index) => {
    const beforeMs = performance.now();
    readerLateMs.push(beforeMs - startedMs - index * tickMs);
    threadLateMs.push(((stream.lookAheadFrames - stream.availableFrames) * 1000) / sampleRate);
    const readMs = performance.now();
    stream.read(out, options.block);
    readUs.push(1000 * (performance.now() - readMs));
  });
  const { state } = stream;
  const result: RingBench = {
    bundle: bundle.manifest.name,
    stepper: stepper.kind,
    instructionSet: stepper.instructionSet,
    scheduling: state.scheduling,
    lookAheadFrames: stream.lookAheadFrames,
    busyThreads: options.busy,
    readUs: spreadOf(readUs),
    readerLateMs: spreadOf(readerLateMs),
    threadLateMs: spreadOf(threadLateMs),
    load: state.load,
    reads: numReads,
    xruns: state.xruns,
    xrunCauses: { ...state.xrunCauses },
  };
  await Promise.all(busy.map((worker) => worker.terminate()));
  await stream.close();
  return result;
}
