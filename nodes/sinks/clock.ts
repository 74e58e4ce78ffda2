/** A clock for sinks without a device: demands blocks at the rate of the sample rate, by monotonic time. */

/** Time as the clock needs it; tests inject their own. */
export interface TimeSource {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Holds the calling thread. */
  waitMs(ms: number): void;
  /** Calls back after messages, promises and input of the thread have had their turn. */
  soon(callback: () => void): void;
}

/** The thread sleeps until the block is due: on a worker this is more punctual than any timer. */
export function threadTime(): TimeSource {
  const never = new Int32Array(new SharedArrayBuffer(4));
  return {
    nowMs: () => performance.now(),
    waitMs: (ms) => Atomics.wait(never, 0, 0, ms),
    soon: (callback) => setImmediate(callback),
  };
}

/** Blocks that may be late before it counts as an xrun: what a device would have in its queue. */
export const QUEUED_BLOCKS = 2;

/** Longest sleep, so that a thread with long blocks still hears its messages. */
const LONGEST_WAIT_MS = 20;

export class BlockClock {
  private readonly periodMs: number;
  private startedMs = 0;
  private blocks = 0;
  private missed = 0;
  private isRunning = false;

  constructor(
    sampleRate: number,
    blockFrames: number,
    private readonly time: TimeSource = threadTime(),
  ) {
    this.periodMs = (blockFrames * 1000) / sampleRate;
  }

  /** Times that a block was later than the queue of a device would have borne. */
  get xruns(): number {
    return this.missed;
  }

  start(demand: () => void): void {
    this.isRunning = true;
    this.startedMs = this.time.nowMs();
    const turn = (): void => {
      if (!this.isRunning) return;
      this.advance(demand);
      this.time.soon(turn);
    };
    this.time.soon(turn);
  }

  stop(): void {
    this.isRunning = false;
  }

  /**
   * Waits until the next block is due and demands it. A block that is a little late is made up for: those after it
   * keep their times. One that is later than the queue is an xrun, and time starts anew from there, as at a device.
   */
  private advance(demand: () => void): void {
    const dueMs = this.startedMs + this.blocks * this.periodMs;
    const earlyMs = dueMs - this.time.nowMs();
    if (earlyMs > 0) {
      this.time.waitMs(Math.min(earlyMs, LONGEST_WAIT_MS));
      if (earlyMs > LONGEST_WAIT_MS) return;
    } else if (-earlyMs > QUEUED_BLOCKS * this.periodMs) {
      this.missed++;
      this.startedMs = this.time.nowMs();
      this.blocks = 0;
    }
    this.blocks++;
    demand();
  }
}
