import type { ConditioningInput } from '../bundle/types.js';
import type { CudaStepper } from '../native/cuda/cuda-stepper.js';
import {
  type NativeRunAhead,
  RUN_AHEAD_NUMBERS,
  RUN_AHEAD_ROLLBACK,
  RUN_AHEAD_SCHEDULING,
} from '../native/load.js';
import type { NativePairStepper } from '../native/native-pair-stepper.js';
import type { NativeStepper } from '../native/native-stepper.js';
import { stateNumbers, stateSizes } from '../state/state-command.js';
import type { Sampling } from '../stepper.js';
import {
  type ModelStream,
  RUNAWAY_CAUSES,
  type StreamLapses,
  type StreamState,
  type StreamStates,
} from '../stream.js';
import { type WatchdogSettings, watchdogNumbers } from '../watchdog/settings.js';
import { NativeLapses } from './native-lapses.js';
import { NativeStates } from './native-states.js';
import { countRunaways, streamNumbers } from './stream-numbers.js';

export interface NativeStreamOptions {
  /** uint32. */
  readonly seed: number;
  /** While control does not reach back into the ring. */
  readonly lookAheadFrames: number;
  /** While it does; default `lookAheadFrames`, which it is at least. */
  readonly rollbackLookAheadFrames?: number;
  /** Times real time, below which nothing is rolled back: 0 for always, Infinity for never. Default 1.5. */
  readonly minRollbackSpeed?: number;
  /** Until the first `setSampling`. */
  readonly sampling: Sampling;
  /** Undefined for a voice that is not watched. */
  readonly watchdog?: WatchdogSettings | undefined;
}

const slot = Object.fromEntries(RUN_AHEAD_NUMBERS.map((name, index) => [name, index])) as Record<
  (typeof RUN_AHEAD_NUMBERS)[number],
  number
>;

/**
 * Live: a voice on a native thread (native/stream/run_ahead.h) which keeps a ring full and steps again what a
 * control change makes different. Reading never waits for that thread. It runs at real-time priority where the
 * system grants it.
 */
export class NativeStream implements ModelStream {
  readonly mode = 'threaded';
  readonly sampleRate: number;
  readonly conditioning: readonly ConditioningInput[];
  readonly planAheadFrames: number;
  readonly states: StreamStates;
  readonly lapses: StreamLapses;
  /** Frames stepped between two looks at the control values. */
  readonly subBlockFrames: number;
  /** Frames between two snapshots, and the memory of all of them. */
  readonly snapshotPeriodFrames: number;
  readonly snapshotRingBytes: number;
  private readonly thread: NativeRunAhead;
  private readonly numbers = new Float64Array(RUN_AHEAD_NUMBERS.length);
  private readonly told = streamNumbers();
  private framesRead = 0;
  private readonly counted: NativeLapses;
  private isClosed = false;

  /** Starts the thread. Allocates. */
  constructor(stepper: NativeStepper | NativePairStepper | CudaStepper, options: NativeStreamOptions) {
    const { seed, lookAheadFrames, sampling } = options;
    this.sampleRate = stepper.sampleRate;
    this.conditioning = stepper.conditioning;
    const sizes = stateSizes(stepper.sampleRate, stepper.createVoice(seed).snapshotBytes);
    this.thread = stepper.runAhead(
      seed,
      stepper.sampleRate,
      Math.max(lookAheadFrames, options.rollbackLookAheadFrames ?? 0),
      lookAheadFrames,
      true,
      options.minRollbackSpeed ?? 1.5,
      sampling.temperature,
      sampling.topP,
      sampling.topK,
      sampling.blend ?? 0,
      stateNumbers(sizes),
      options.watchdog && watchdogNumbers(options.watchdog),
    );
    this.states = new NativeStates(this.thread, sizes);
    this.lapses = this.counted = new NativeLapses(this.thread);
    this.planAheadFrames = this.thread.planAheadFrames;
    this.subBlockFrames = this.thread.subBlockFrames;
    this.snapshotPeriodFrames = this.thread.snapshotPeriodFrames;
    this.snapshotRingBytes = this.thread.snapshotRingBytes;
  }

  get lookAheadFrames(): number {
    return this.thread.lookAheadFrames;
  }

  get availableFrames(): number {
    return this.isClosed ? 0 : this.thread.availableFrames;
  }

  get steerAfterFrames(): number {
    return this.thread.steerAfterFrames;
  }

  get position(): number {
    return this.framesRead;
  }

  get state(): StreamState {
    const { numbers, told } = this;
    const causes = told.xrunCauses;
    this.thread.tell(numbers);
    told.load = this.isClosed ? 0 : numbers[slot.load]!;
    told.lookAheadFrames = numbers[slot.lookAheadFrames]!;
    told.controlLatencyFrames = numbers[slot.controlLatencyFrames]!;
    told.scheduling = RUN_AHEAD_SCHEDULING[numbers[slot.scheduling]!]!;
    told.rollback = RUN_AHEAD_ROLLBACK[numbers[slot.rollback]!]!;
    told.rollbacks = numbers[slot.rollbacks]!;
    told.lateRollbacks = numbers[slot.lateRollbacks]!;
    told.framesSteppedAgain = numbers[slot.framesSteppedAgain]!;
    told.conditioningLost = numbers[slot.conditioningLost]!;
    told.xruns = numbers[slot.xruns]!;
    causes.starting = numbers[slot.starting]!;
    causes.overload = numbers[slot.overload]!;
    causes.preempted = numbers[slot.preempted]!;
    causes.rollback = numbers[slot.rollbackXruns]!;
    causes.burst = numbers[slot.burst]!;
    for (const cause of RUNAWAY_CAUSES) told.runawayCauses[cause] = numbers[slot[cause]]!;
    return countRunaways(told);
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.isClosed) return 0;
    const n = this.thread.read(out, Math.min(numFrames, out.length));
    this.framesRead += n;
    this.counted.numReads++;
    return n;
  }

  setSampling(sampling: Sampling): void {
    const { temperature, topP, topK, blend = 0 } = sampling;
    this.thread.setSampling(temperature, topP, topK, blend);
  }

  planSampling(frame: number, sampling: Sampling): void {
    const { temperature, topP, topK, blend = 0 } = sampling;
    this.thread.planSampling(frame, temperature, topP, topK, blend);
  }

  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void {
    // The thread's own checks throw, which nothing on the audio path may.
    if (!(this.conditioning[input] && Number.isSafeInteger(firstFrame) && numFrames > 0)) return;
    this.thread.setConditioning(input, firstFrame, frames, Math.min(numFrames, frames.length));
  }

  /** Reads whose conditioning found no room on its way to the thread: it went with a later one, and none was lost. */
  get conditioningOverflows(): number {
    return this.thread.conditioningOverflows;
  }

  reset(seed: number): void {
    if (this.isClosed) return;
    this.framesRead = 0;
    this.counted.numReads = 0;
    this.counted.numResets++;
    this.thread.reset(seed);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.thread.close();
  }
}
