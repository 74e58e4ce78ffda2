/**
 * The numbers of a running engine in shared memory: the audio thread writes them without
 * allocating or waiting, any other thread reads a consistent set (a sequence lock).
 */

const fields = [
  'frame',
  'loadMean',
  'loadPeak',
  'modelLoad',
  'xruns',
  'modelXruns',
  'peak',
  'rms',
  'masterGainDb',
  'muted',
  'sinkLatencyFrames',
  'graphLatencyFrames',
  'lookAheadMs',
  'modelControlMs',
  'rollback',
  'rollbacks',
  'lateRollbacks',
  'framesSteppedAgain',
  'realtimeModels',
  'modelThreads',
  'overloadedModels',
  'xrunsStarting',
  'xrunsOverload',
  'xrunsPreempted',
  'xrunsRollback',
  'xrunsBurst',
  'runawaysLevel',
  'runawaysNoise',
  'runawaysStuck',
  'runawaysNotFinite',
  'conditioningMs',
  'voices',
  'voicesStolen',
] as const;

export type StatusField = (typeof fields)[number];
export type StatusNumbers = Record<StatusField, number>;

/** The lock's word takes the first 8 bytes. */
const headBytes = 8;
const maxReads = 1000;

export class StatusPage {
  /** Write here between `begin` and `end`; slots by `StatusPage.slot`. */
  readonly values: Float64Array;
  private readonly sequence: Int32Array;

  constructor(readonly memory: SharedArrayBuffer = StatusPage.allocate()) {
    this.sequence = new Int32Array(memory, 0, 1);
    this.values = new Float64Array(memory, headBytes, fields.length);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(headBytes + fields.length * Float64Array.BYTES_PER_ELEMENT);
  }

  static slot(field: StatusField): number {
    return fields.indexOf(field);
  }

  /** Audio thread: the set is being changed. */
  begin(): void {
    Atomics.add(this.sequence, 0, 1);
  }

  /** Audio thread: the set is whole again. */
  end(): void {
    Atomics.add(this.sequence, 0, 1);
  }

  /** Control threads: a set that was written as one. Undefined when the writer died while writing. */
  read(): StatusNumbers | undefined {
    const copy = new Float64Array(fields.length);
    for (let attempt = 0; attempt < maxReads; attempt++) {
      const before = Atomics.load(this.sequence, 0);
      if (before % 2 !== 0) continue;
      copy.set(this.values);
      if (Atomics.load(this.sequence, 0) !== before) continue;
      const numbers = {} as StatusNumbers;
      fields.forEach((field, index) => {
        numbers[field] = copy[index]!;
      });
      return numbers;
    }
    return undefined;
  }
}
