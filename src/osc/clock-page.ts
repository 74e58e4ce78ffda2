/**
 * The audio clock, shared: which frame is asked for at which time. The audio worker writes
 * it once per block, any thread reads it, nobody waits. A sequence number, odd while a write
 * is under way, tells a reader that it read half of two writes; every word is accessed
 * atomically, so this holds on weakly ordered processors too.
 */
import { monotonicMs } from './monotonic.js';

/** Words of 32 bits: sequence, count of publications, then three doubles as word pairs. */
const SEQUENCE = 0;
const PUBLICATIONS = 1;
const FRAME = 2;
const TIME_MS = 4;
const FRAMES_PER_MS = 6;
const NUM_WORDS = 8;
const MAX_READ_TRIES = 64;

/** Bandwidth of the clock filter in Hz: first to lock, then to hold. */
const LOCKING_HZ = 2;
const HOLDING_HZ = 0.1;
const LOCKING_MS = 3000;
/** A larger jump than this is a break in the stream, not jitter: start anew from there. */
const BREAK_MS = 150;

export interface ClockReading {
  /** Engine frame asked for at `timeMs`, jitter filtered out; fractional. */
  frame: number;
  /** `monotonicMs()` of the writer. */
  timeMs: number;
  /** Measured rate of the audio clock against the system's. */
  framesPerMs: number;
  /** Blocks published so far; 0 = the clock does not run yet. */
  publications: number;
}

export function createClockPage(): SharedArrayBuffer {
  return new SharedArrayBuffer(NUM_WORDS * 4);
}

/** Belongs to the audio worker. */
export class ClockWriter {
  private readonly words: Int32Array;
  private readonly double = new Float64Array(1);
  private readonly halves = new Int32Array(this.double.buffer);
  private readonly nominalFramesPerMs: number;
  private framesPerMs: number;
  private frame = 0;
  private timeMs = 0;
  private lockedSinceMs = 0;
  private publications = 0;

  constructor(page: SharedArrayBuffer, sampleRate: number) {
    this.words = new Int32Array(page);
    this.nominalFramesPerMs = sampleRate / 1000;
    this.framesPerMs = this.nominalFramesPerMs;
  }

  /**
   * Audio thread, once per block, when the sink asks for it: `frame` is the first frame of the
   * block. Does not allocate. Blocks are asked for with jitter; a second-order loop keeps the
   * mapping smooth and follows the drift between the two clocks.
   */
  publish(frame: number, nowMs: number = monotonicMs()): void {
    const numFrames = frame - this.frame;
    const predictedMs = this.timeMs + numFrames / this.framesPerMs;
    const errorMs = nowMs - predictedMs;
    if (this.publications === 0 || numFrames < 0 || Math.abs(errorMs) > BREAK_MS) {
      this.timeMs = nowMs;
      this.lockedSinceMs = nowMs;
      this.framesPerMs = this.nominalFramesPerMs;
    } else if (numFrames > 0) {
      const bandwidthHz = nowMs - this.lockedSinceMs < LOCKING_MS ? LOCKING_HZ : HOLDING_HZ;
      const omega = Math.min(0.5, (2 * Math.PI * bandwidthHz * numFrames) / this.framesPerMs / 1000);
      const msPerFrame = 1 / this.framesPerMs + (omega * omega * errorMs) / numFrames;
      this.timeMs = predictedMs + Math.SQRT2 * omega * errorMs;
      this.framesPerMs = clampRate(1 / msPerFrame, this.nominalFramesPerMs);
    }
    this.frame = frame;
    this.publications = (this.publications + 1) | 0 || 1;
    this.write();
  }

  private write(): void {
    const sequence = Atomics.load(this.words, SEQUENCE);
    Atomics.store(this.words, SEQUENCE, (sequence + 1) | 0);
    this.storeDouble(FRAME, this.frame);
    this.storeDouble(TIME_MS, this.timeMs);
    this.storeDouble(FRAMES_PER_MS, this.framesPerMs);
    Atomics.store(this.words, PUBLICATIONS, this.publications);
    Atomics.store(this.words, SEQUENCE, (sequence + 2) | 0);
  }

  private storeDouble(word: number, value: number): void {
    this.double[0] = value;
    Atomics.store(this.words, word, this.halves[0]!);
    Atomics.store(this.words, word + 1, this.halves[1]!);
  }
}

/** No audio clock is off by more than half a percent; a filter that says so is disturbed. */
function clampRate(framesPerMs: number, nominal: number): number {
  return Math.min(nominal * 1.005, Math.max(nominal * 0.995, framesPerMs));
}

/** Any thread; each reader needs one of its own. */
export class ClockReader {
  private readonly words: Int32Array;
  private readonly double = new Float64Array(1);
  private readonly halves = new Int32Array(this.double.buffer);

  constructor(page: SharedArrayBuffer) {
    this.words = new Int32Array(page);
  }

  /** The latest reading, written into `out`; false when the clock does not run yet or is being written all the time. */
  read(out: ClockReading): boolean {
    for (let i = 0; i < MAX_READ_TRIES; i++) {
      const before = Atomics.load(this.words, SEQUENCE);
      if (before & 1) continue;
      out.frame = this.loadDouble(FRAME);
      out.timeMs = this.loadDouble(TIME_MS);
      out.framesPerMs = this.loadDouble(FRAMES_PER_MS);
      out.publications = Atomics.load(this.words, PUBLICATIONS);
      if (Atomics.load(this.words, SEQUENCE) === before) return out.publications !== 0;
    }
    return false;
  }

  private loadDouble(word: number): number {
    this.halves[0] = Atomics.load(this.words, word);
    this.halves[1] = Atomics.load(this.words, word + 1);
    return this.double[0]!;
  }
}
