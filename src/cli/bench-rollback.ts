import {
  chooseStepper,
  loadBundle,
  NativeStream,
  openStream,
  type RollbackState,
} from '../../models/index.js';
import { playInRealTime } from './real-time-ticks.js';
import { type Spread, spreadOf } from './spread.js';

export interface RollbackBenchOptions {
  /** Control changes to measure. */
  readonly repeats: number;
  /** Model frames per read. */
  readonly block: number;
  readonly lookAheadMs: number;
}

export interface RollbackBench {
  readonly bundle: string;
  readonly instructionSet: string;
  readonly snapshotBytes: number;
  readonly snapshotMs: Spread;
  readonly restoreMs: Spread;
  readonly lookAheadFrames: number;
  readonly snapshotPeriodFrames: number;
  /** Memory of all snapshots of one stream. */
  readonly snapshotRingBytes: number;
  /** What the stream made of this machine when it was free to judge. */
  readonly verdict: RollbackState;
  readonly scheduling: string;
  /** Share of real time that stepping takes, snapshots included. */
  readonly load: number;
  /** Share of the time beside stepping that a change in every read would take. */
  readonly headRoomShare: number;
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
/** The thread is given so long before a change counts as not acted upon. */
const giveUpMs = 500;

/** Rolls one native stream back again and again while it plays in real time. */
export async function benchRollback(folder: string, options: RollbackBenchOptions): Promise<RollbackBench> {
  const bundle = await loadBundle(folder);
  const { stepper } = await chooseStepper(bundle, 'native');
  const voice = stepper.createVoice(1);
  const state = new Uint8Array(voice.snapshotBytes);
  const out = new Float32Array(options.block);
  const { sampling } = bundle.manifest;
  const snapshots: number[] = [];
  const restores: number[] = [];
  for (let i = 0; i < options.repeats; i++) {
    // As in a stream: the state is what was just stepped, the snapshot is not in the cache.
    voice.stepBlock(out, Math.min(32, out.length), sampling);
    snapshots.push(timeMs(() => voice.snapshot(state)));
    voice.stepBlock(out, Math.min(32, out.length), sampling);
    restores.push(timeMs(() => voice.restore(state)));
  }

  const lookAheadFrames = Math.round((options.lookAheadMs * stepper.sampleRate) / 1000);
  const open = async (minRollbackSpeed: number): Promise<NativeStream> => {
    const { stream } = await openStream({
      bundle,
      bundleDir: folder,
      stepper: 'native',
      mode: 'threaded',
      seed: 1,
      lookAheadFrames,
      rollbackLookAheadFrames: 4 * lookAheadFrames,
      minRollbackSpeed,
      sampling,
    });
    if (!(stream instanceof NativeStream)) throw new Error('the native stepper gave another stream');
    return stream;
  };
  const tickMs = (1000 * options.block) / stepper.sampleRate;
  const judged = await open(1.5);
  playInRealTime(warmUpReads, tickMs, () => judged.read(out, options.block));
  const verdict = judged.state.rollback;
  await judged.close();

  const stream = await open(0);
  const wentBack: number[] = [];
  const refilled: number[] = [];
  const control: number[] = [];
  playInRealTime(warmUpReads, tickMs, () => stream.read(out, options.block));
  const first = { ...stream.state };
  playInRealTime(options.repeats, 4 * tickMs, (index) => {
    for (let i = 0; i < 3; i++) stream.read(out, options.block);
    control.push(stream.state.controlLatencyFrames);
    waitMs(() => stream.availableFrames + stream.subBlockFrames > stream.lookAheadFrames);
    const before = stream.state.rollbacks;
    stream.setSampling({ ...sampling, temperature: sampling.temperature * (index % 2 === 0 ? 0.9 : 1) });
    stream.read(out, options.block);
    wentBack.push(waitMs(() => stream.state.rollbacks > before));
    refilled.push(
      wentBack.at(-1)! +
        waitMs(() => stream.availableFrames + stream.subBlockFrames > stream.lookAheadFrames),
    );
  });
  const last = stream.state;
  const rollbacks = last.rollbacks - first.rollbacks;
  const framesPerRollback = (last.framesSteppedAgain - first.framesSteppedAgain) / Math.max(1, rollbacks);
  const result: RollbackBench = {
    bundle: bundle.manifest.name,
    instructionSet: stepper.instructionSet,
    snapshotBytes: voice.snapshotBytes,
    snapshotMs: spreadOf(snapshots),
    restoreMs: spreadOf(restores),
    lookAheadFrames: stream.lookAheadFrames,
    snapshotPeriodFrames: stream.snapshotPeriodFrames,
    snapshotRingBytes: stream.snapshotRingBytes,
    verdict,
    scheduling: last.scheduling,
    load: last.load,
    // With one change per read each goes back over half a period, and steps the read's own frames twice at most.
    headRoomShare:
      (last.load * (stream.snapshotPeriodFrames / 2 + options.block)) /
      options.block /
      Math.max(0.001, 1 - last.load),
    rollbacks,
    framesPerRollback,
    lateRollbacks: last.lateRollbacks - first.lateRollbacks,
    wentBackMs: spreadOf(wentBack),
    refilledMs: spreadOf(refilled),
    controlFrames: spreadOf(control.slice(1)),
    xruns: last.xruns - first.xruns,
  };
  await stream.close();
  return result;
}

function timeMs(body: () => void): number {
  const startedMs = performance.now();
  body();
  return performance.now() - startedMs;
}

/** How long it took until `isSo`; at most `giveUpMs`. */
function waitMs(isSo: () => boolean): number {
  const startedMs = performance.now();
  while (!isSo() && performance.now() - startedMs < giveUpMs);
  return performance.now() - startedMs;
}
