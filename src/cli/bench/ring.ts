/** How steadily a model's thread keeps its ring full. */
import { Worker } from 'node:worker_threads';
import {
  loadBundle,
  type ModelStream,
  type OpenedStream,
  openStream,
  type StreamState,
  XRUN_CAUSES,
  type XrunCause,
} from '../../../models/index.js';
import { median } from './order-statistics.js';
import { playInRealTime } from './real-time-ticks.js';
import { type Spread, spreadOf } from './spread.js';
import { type SubjectFacts, type SubjectOptions, subjectFacts } from './subject.js';

export interface RingBenchOptions extends SubjectOptions {
  /** To play, in each repeat. */
  readonly seconds: number;
  /** Model frames per read. */
  readonly block: number;
  readonly repeats: number;
  readonly lookAheadMs: number;
  /** Busy threads beside the model's. */
  readonly busy: number;
}

/** Spreads are over all reads of all repeats, counts their sums. */
export interface RingBench extends SubjectFacts {
  readonly repeats: number;
  readonly seconds: number;
  readonly blockFrames: number;
  /** At the end of the last repeat. */
  readonly scheduling: StreamState['scheduling'];
  readonly lookAheadFrames: number;
  readonly busyThreads: number;
  /** What one read costs the reader, all of it. */
  readonly readUs: Spread;
  /** How late the reader itself was for its ticks. */
  readonly readerLateMs: Spread;
  /** How long the model's thread lay behind a full ring when the reader came: its jitter, at most the look-ahead. */
  readonly threadLateMs: Spread;
  /** Share of real time that stepping takes: the middle repeat. */
  readonly load: number;
  readonly reads: number;
  readonly xruns: number;
  readonly xrunCauses: StreamState['xrunCauses'];
}

/** What the reader saw at each of its reads. */
interface Reads {
  readonly readUs: number[];
  readonly readerLateMs: number[];
  readonly threadLateMs: number[];
}

/** Plays a stream in real time, again and again, and looks how full its ring is whenever the reader comes. */
export async function benchRing(folder: string, options: RingBenchOptions): Promise<RingBench> {
  const { seconds, block, repeats, busy } = options;
  const bundle = await loadBundle(folder);
  const { sampleRate, sampling } = bundle.manifest;
  const lookAheadFrames = Math.round((options.lookAheadMs * sampleRate) / 1000);
  const numReads = Math.max(1, Math.round((seconds * sampleRate) / block));
  const reads: Reads = { readUs: [], readerLateMs: [], threadLateMs: [] };
  const ends: StreamEnd[] = [];
  const others = Array.from({ length: busy }, () => new Worker('for (;;);', { eval: true }));
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const { stepper, provider } = options;
      const opened = await openStream({
        bundle,
        bundleDir: folder,
        stepper,
        provider,
        mode: 'threaded',
        seed: 1,
        lookAheadFrames,
        sampling,
      });
      play(opened.stream, block, numReads, reads);
      ends.push(await close(opened));
    }
  } finally {
    await Promise.all(others.map((worker) => worker.terminate()));
  }
  const last = ends.at(-1)!;
  return {
    ...subjectFacts(bundle, last.stepper, last.stepper.reason),
    repeats,
    seconds,
    blockFrames: block,
    scheduling: last.scheduling,
    lookAheadFrames: last.lookAheadFrames,
    busyThreads: busy,
    readUs: spreadOf(reads.readUs),
    readerLateMs: spreadOf(reads.readerLateMs),
    threadLateMs: spreadOf(reads.threadLateMs),
    load: median(ends.map(({ load }) => load)),
    reads: reads.readUs.length,
    xruns: sum(ends.map(({ xruns }) => xruns)),
    xrunCauses: sumOfCauses(ends),
  };
}

type StreamEnd = Pick<StreamState, 'load' | 'lookAheadFrames' | 'scheduling' | 'xruns' | 'xrunCauses'> &
  Pick<OpenedStream, 'stepper'>;

/** How the stream did, since its own word of that is borrowed. */
async function close({ stream, stepper }: OpenedStream): Promise<StreamEnd> {
  const { load, lookAheadFrames, scheduling, xruns, xrunCauses } = stream.state;
  const end = { stepper, load, lookAheadFrames, scheduling, xruns, xrunCauses: { ...xrunCauses } };
  await stream.close();
  return end;
}

function play(stream: ModelStream, block: number, numReads: number, into: Reads): void {
  const out = new Float32Array(block);
  const tickMs = (1000 * block) / stream.sampleRate;
  const startedMs = performance.now();
  playInRealTime(numReads, tickMs, (index) => {
    const beforeMs = performance.now();
    into.readerLateMs.push(beforeMs - startedMs - index * tickMs);
    into.threadLateMs.push(((stream.lookAheadFrames - stream.availableFrames) * 1000) / stream.sampleRate);
    const readMs = performance.now();
    stream.read(out, block);
    into.readUs.push(1000 * (performance.now() - readMs));
  });
}

function sumOfCauses(ends: readonly StreamEnd[]): Record<XrunCause, number> {
  const entries = XRUN_CAUSES.map((cause) => [cause, sum(ends.map(({ xrunCauses }) => xrunCauses[cause]))]);
  return Object.fromEntries(entries) as Record<XrunCause, number>;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
