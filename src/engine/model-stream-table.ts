import {
  type ModelStream,
  type RollbackState,
  RUNAWAY_CAUSES,
  type RunawayCause,
  type StepperKind,
  type StreamState,
  XRUN_CAUSES,
  type XrunCause,
} from '../../models/index.js';
import type { StartGate } from '../../nodes/index.js';

export interface StepperInUse {
  readonly kind: StepperKind;
  readonly instructionSet: string;
  /** Why this one. */
  readonly reason: string;
}

interface Row {
  readonly place: StreamPlace;
  readonly stream: ModelStream;
  readonly conditioningMs: number;
  readonly stepper: StepperInUse;
}

/** The numbers of all streams of one engine together; rewritten at each look. */
export interface ModelNumbers {
  /** Share of real time that all streams need, summed. */
  load: number;
  /** Of the stream that runs furthest ahead, now; 0 without one. */
  lookAheadMs: number;
  /** Of the stream whose control takes longest to be heard, now. */
  controlMs: number;
  /** Longest wait for a frame of conditioning, of all inputs of all streams. */
  conditioningMs: number;
  /** The state of the worst: see `rollbackNames`. */
  rollback: number;
  rollbacks: number;
  lateRollbacks: number;
  framesSteppedAgain: number;
  /** Streams at real-time priority, and all that have a thread. */
  realtime: number;
  threads: number;
  /** Streams that gave real-time priority back, being slower than real time. */
  overloaded: number;
  /** Short reads by cause. */
  readonly xruns: Record<XrunCause, number>;
  /** Times that watchdogs took models back, by cause. */
  readonly runaways: Record<RunawayCause, number>;
}

/** On the audio path, within a tick. */
export interface StreamStarts {
  mayStart(place: StreamPlace): boolean;
  started(place: StreamPlace): void;
}

/**
 * Which stream is which: while one patch fades into another, both may have a node of the same id. What is told of a stream
 * is told with its number, which is the same whenever the same patches come in at the same frames.
 */
export class StreamPlace implements StartGate {
  /** Counted from 1, over all streams, in the order in which their nodes play their first tick; 0 before. */
  number = 0;

  constructor(
    readonly nodeId: string,
    private readonly table: ModelStreamTable,
  ) {}

  mayStart(): boolean {
    if (this.number === 0) this.number = this.table.nextNumber();
    return this.table.starts?.mayStart(this) ?? true;
  }

  started(): void {
    this.table.starts?.started(this);
  }
}

/** From the best to the worst; `none` without a stream. */
export const rollbackNames = ['none', 'ready', 'off', 'no-headroom'] as const;

/** The model streams that are open in one engine, for status. Lives on the audio thread; the numbers do not allocate. */
export class ModelStreamTable {
  private readonly rows: Row[] = [];
  private lastNumber = 0;
  private readonly numbers = noNumbers();
  /** Counts of streams that were closed. */
  private readonly past = noNumbers();
  /** Gaps since the start, of all streams, closed ones too. */
  gaps = 0;
  /** Who sees, or decides, when streams begin to be read. */
  starts: StreamStarts | undefined;
  /** Sees each stream that is about to be closed; before its last tick has ended, perhaps. */
  onRemove: ((place: StreamPlace, stream: ModelStream) => void) | undefined;
  /** Hears of each runaway of a node's stream, and how many it had so far. The engine's. */
  onRunaway: ((nodeId: string, cause: RunawayCause, runaways: number) => void) | undefined;

  /** All that are open. Does not allocate. */
  each(look: (place: StreamPlace, stream: ModelStream) => void): void {
    for (let i = 0; i < this.rows.length; i++) look(this.rows[i]!.place, this.rows[i]!.stream);
  }

  /** For a stream of this node that is about to be opened. */
  place(nodeId: string): StreamPlace {
    return new StreamPlace(nodeId, this);
  }

  /** For its place. */
  nextNumber(): number {
    return ++this.lastNumber;
  }

  add(place: StreamPlace, stream: ModelStream, stepper: StepperInUse): void {
    const periodsMs = stream.conditioning.map(({ rateHz }) => 1000 / rateHz);
    this.rows.push({ place, stream, conditioningMs: Math.max(0, ...periodsMs), stepper });
  }

  remove(stream: ModelStream): void {
    const index = this.rows.findIndex((row) => row.stream === stream);
    if (index < 0) return;
    this.onRemove?.(this.rows[index]!.place, stream);
    addCounts(this.past, stream);
    this.rows.splice(index, 1);
  }

  /** A look at all streams. Borrowed until the next look. */
  look(): ModelNumbers {
    const { numbers, past } = this;
    numbers.load = 0;
    numbers.lookAheadMs = 0;
    numbers.controlMs = 0;
    numbers.conditioningMs = 0;
    numbers.rollback = 0;
    numbers.realtime = 0;
    numbers.threads = 0;
    numbers.overloaded = 0;
    numbers.rollbacks = past.rollbacks;
    numbers.lateRollbacks = past.lateRollbacks;
    numbers.framesSteppedAgain = past.framesSteppedAgain;
    for (const cause of XRUN_CAUSES) numbers.xruns[cause] = past.xruns[cause];
    for (const cause of RUNAWAY_CAUSES) numbers.runaways[cause] = past.runaways[cause];
    for (let i = 0; i < this.rows.length; i++) {
      const { stream, conditioningMs } = this.rows[i]!;
      const state = addCounts(numbers, stream);
      const msPerFrame = 1000 / stream.sampleRate;
      numbers.load += state.load;
      numbers.lookAheadMs = Math.max(numbers.lookAheadMs, state.lookAheadFrames * msPerFrame);
      numbers.controlMs = Math.max(numbers.controlMs, state.controlLatencyFrames * msPerFrame);
      numbers.conditioningMs = Math.max(numbers.conditioningMs, conditioningMs);
      // An inline stream has nothing to roll back: control applies to its next frame.
      const rollback: RollbackState = stream.mode === 'inline' ? 'ready' : state.rollback;
      numbers.rollback = Math.max(numbers.rollback, rollbackNames.indexOf(rollback));
      if (stream.mode === 'threaded') numbers.threads++;
      if (state.scheduling === 'realtime') numbers.realtime++;
      if (state.scheduling === 'overloaded') numbers.overloaded++;
    }
    return numbers;
  }

  /** Steppers in use and why, each once; empty texts without a model. */
  stepperFacts(): { stepper: string; stepperReason: string } {
    const names = new Set<string>();
    const reasons = new Set<string>();
    for (const { stepper } of this.rows) {
      names.add(`${stepper.kind} (${stepper.instructionSet})`);
      reasons.add(stepper.reason);
    }
    return { stepper: [...names].join(', '), stepperReason: [...reasons].join('; ') };
  }
}

function noNumbers(): ModelNumbers {
  return {
    load: 0,
    lookAheadMs: 0,
    controlMs: 0,
    conditioningMs: 0,
    rollback: 0,
    rollbacks: 0,
    lateRollbacks: 0,
    framesSteppedAgain: 0,
    realtime: 0,
    threads: 0,
    overloaded: 0,
    xruns: { starting: 0, overload: 0, preempted: 0, rollback: 0, burst: 0 },
    runaways: { level: 0, noise: 0, stuck: 0, 'not-finite': 0 },
  };
}

function addCounts(numbers: ModelNumbers, stream: ModelStream): StreamState {
  const { state } = stream;
  numbers.rollbacks += state.rollbacks;
  numbers.lateRollbacks += state.lateRollbacks;
  numbers.framesSteppedAgain += state.framesSteppedAgain;
  for (const cause of XRUN_CAUSES) numbers.xruns[cause] += state.xrunCauses[cause];
  for (const cause of RUNAWAY_CAUSES) numbers.runaways[cause] += state.runawayCauses[cause];
  return state;
}
