/** One snapshot of a running engine: `/status.reply`, `sashimi status` and the terminal show this. */
export interface EngineStatus {
  readonly version: string;
  readonly preset: string;
  /** Seconds since this engine started. */
  readonly uptimeSeconds: number;
  /** Engine frames played. */
  readonly frame: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly channels: number;
  readonly sink: string;
  readonly device: string;
  readonly oscPort: number;
  /** Share of a block's time spent in the graph, mean and worst of the last second. */
  readonly loadMean: number;
  readonly loadPeak: number;
  /** Share of real time the models' threads need, summed. */
  readonly modelLoad: number;
  /** Stepper in use, for example `native (x86-64-v4)`, and why. */
  readonly stepper: string;
  readonly stepperReason: string;
  /** Blocks the sink did not get in time, and gaps of the models' rings. */
  readonly xruns: number;
  readonly modelXruns: number;
  /** Reads that came up short, by cause: see XrunCause. */
  readonly modelXrunCauses: string;
  /** Times that watchdogs took models back to an earlier state, and why: see RunawayCause. */
  readonly modelRunaways: number;
  readonly modelRunawayCauses: string;
  /** `realtime` where the system granted it to the models' threads, `overloaded` where one could not keep it. */
  readonly modelScheduling: string;
  readonly lookAheadMs: number;
  /** The part of `latencyMs` that the models take: less than the look-ahead when that is rolled back. */
  readonly modelControlMs: number;
  /** `ready`, `no-headroom`, `off`, or `none` without a model: the worst of all. */
  readonly rollback: string;
  readonly rollbacks: number;
  readonly lateRollbacks: number;
  readonly framesSteppedAgain: number;
  /** Control message to changed sound, computed: the latency sum. */
  readonly latencyMs: number;
  /** dBFS over the last second, after the limiter. */
  readonly peakDb: number;
  readonly rmsDb: number;
  readonly masterGainDb: number;
  readonly muted: boolean;
  /** Times the supervisor had to start the engine again. */
  readonly restarts: number;
  /** That play, and times that one made room for another. */
  readonly voices: number;
  readonly voicesStolen: number;
}
