/** What a control change costs that reaches back into what was stepped already. */
import {
  type Bundle,
  chooseStepper,
  loadBundle,
  NativeStream,
  openStream,
  type RollbackState,
} from '../../../models/index.js';
import { playInRealTime } from './real-time-ticks.js';
import { measureSnapshots, type SnapshotFigures } from './snapshots.js';
import { type Spread, spreadOf } from './spread.js';
import { type SubjectFacts, subjectFacts } from './subject.js';

export interface RollbackBenchOptions {
  /** Control changes to measure. */
  readonly repeats: number;
  /** Model frames per read. */
  readonly block: number;
  readonly lookAheadMs: number;
}

export interface RollbackBench extends SubjectFacts, SnapshotFigures {
  readonly repeats: number;
  readonly blockFrames: number;
  readonly lookAheadFrames: number;
  readonly snapshotPeriodFrames: number;
  /** Memory of all snapshots of one stream. */
  readonly snapshotRingBytes: number;
  /** What the stream made of this machine when it was free to judge. */
  readonly verdict: RollbackState;
  readonly scheduling: string;
  /** Share of real time that stepping takes, snapshots included. */
  readonly load: number;
  /** Share of the time beside stepping that going back in every read would take; absent without any such time. */
  readonly headRoomShare: number | undefined;
  readonly rollbacks: number;
  readonly framesPerRollback: number;
  /** Too late for the read after the one at which they were set, so that they were cross-faded. */
  readonly lateRollbacks: number;
  /** From the read at which a value was set until the old state is back. */
  readonly wentBackMs: Spread;
  /** The same until the new frames fill the ring: the changed sample is there before that. */
  readonly refilledMs: Spread;
  /** Model frames from the read at which a value was set to the first that showed it. */
  readonly controlFrames: Spread;
  readonly xruns: number;
}

const warmUpReads = 50;
const ticksPerChange = 4;
/** The thread is given so long before a change counts as not acted upon. */
const giveUpMs = 500;
/** Times real time that the engine asks for. */
const usualRollbackSpeed = 1.5;

/** Rolls one native stream back again and again while it plays in real time. Rejects with MODEL_NATIVE without one. */
export async function benchRollback(folder: string, options: RollbackBenchOptions): Promise<RollbackBench> {
  const bundle = await loadBundle(folder);
  const { stepper, reason } = await chooseStepper(bundle, 'native');
  const { repeats, block } = options;
  const snapshots = measureSnapshots(bundle, stepper, repeats);
  const facts = subjectFacts(bundle, stepper, reason);
  stepper.dispose();
  const verdict = await judge(bundle, folder, options);
  const stream = await openNative(bundle, folder, options, 0);
  try {
    const moved = moveAgainAndAgain(stream, bundle, options);
    const { snapshotPeriodFrames, snapshotRingBytes } = stream;
    const { load } = moved;
    return {
      ...facts,
      repeats,
      blockFrames: block,
      ...snapshots,
      lookAheadFrames: stream.lookAheadFrames,
      snapshotPeriodFrames,
      snapshotRingBytes,
      verdict,
      // A change in every read: each goes back over half a period on average.
      headRoomShare: load < 1 ? (load * (snapshotPeriodFrames / 2 / block)) / (1 - load) : undefined,
      ...moved,
    };
  } finally {
    await stream.close();
  }
}

async function openNative(
  bundle: Bundle,
  bundleDir: string,
  { lookAheadMs }: RollbackBenchOptions,
  minRollbackSpeed: number,
): Promise<NativeStream> {
  const { sampleRate, sampling } = bundle.manifest;
  const { stream } = await openStream({
    bundle,
    bundleDir,
    stepper: 'native',
    mode: 'threaded',
    seed: 1,
    lookAheadFrames: Math.round((lookAheadMs * sampleRate) / 1000),
    minRollbackSpeed,
    sampling,
  });
  if (!(stream instanceof NativeStream)) throw new Error('the native stepper gave another stream');
  return stream;
}

async function judge(bundle: Bundle, folder: string, options: RollbackBenchOptions): Promise<RollbackState> {
  const stream = await openNative(bundle, folder, options, usualRollbackSpeed);
  warmUp(stream, options.block);
  const verdict = stream.state.rollback;
  await stream.close();
  return verdict;
}

/** Every few reads another temperature, while the ring is full. */
function moveAgainAndAgain(stream: NativeStream, { manifest }: Bundle, options: RollbackBenchOptions) {
  const { repeats, block } = options;
  const { sampling } = manifest;
  const out = new Float32Array(block);
  const wentBackMs: number[] = [];
  const refilledMs: number[] = [];
  const controlFrames: number[] = [];
  const isFull = (): boolean => stream.availableFrames + stream.subBlockFrames > stream.lookAheadFrames;
  warmUp(stream, block);
  const first = { ...stream.state };
  playInRealTime(repeats * ticksPerChange, tickMsOf(stream, block), (tick) => {
    if (tick % ticksPerChange !== 0) {
      stream.read(out, block);
      if (tick % ticksPerChange === 1) controlFrames.push(stream.state.controlLatencyFrames);
      return;
    }
    waitMs(isFull);
    const before = stream.state.rollbacks;
    const isCool = (tick / ticksPerChange) % 2 === 0;
    stream.setSampling({ ...sampling, temperature: sampling.temperature * (isCool ? 0.9 : 1) });
    stream.read(out, block);
    const tookMs = waitMs(() => stream.state.rollbacks > before);
    wentBackMs.push(tookMs);
    refilledMs.push(tookMs + waitMs(isFull));
  });
  const last = stream.state;
  const rollbacks = last.rollbacks - first.rollbacks;
  return {
    scheduling: last.scheduling as string,
    load: last.load,
    rollbacks,
    framesPerRollback: (last.framesSteppedAgain - first.framesSteppedAgain) / Math.max(1, rollbacks),
    lateRollbacks: last.lateRollbacks - first.lateRollbacks,
    wentBackMs: spreadOf(wentBackMs),
    refilledMs: spreadOf(refilledMs),
    controlFrames: spreadOf(controlFrames),
    xruns: last.xruns - first.xruns,
  };
}

function warmUp(stream: NativeStream, block: number): void {
  const out = new Float32Array(block);
  playInRealTime(warmUpReads, tickMsOf(stream, block), () => stream.read(out, block));
}

function tickMsOf({ sampleRate }: NativeStream, block: number): number {
  return (1000 * block) / sampleRate;
}

/** How long it took until `isSo`; at most `giveUpMs`. */
function waitMs(isSo: () => boolean): number {
  const startedMs = performance.now();
  while (!isSo() && performance.now() - startedMs < giveUpMs);
  return performance.now() - startedMs;
}
