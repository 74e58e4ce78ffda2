import type { Sampling } from '../stepper.js';
import { NumberQueue } from './number-queue.js';

/** Generation, word, frame, then those of Sampling. */
const NUMBERS = 7;
/** More than can be said ahead between two looks of the worker. */
const CAPACITY = 1024;
/** In the place of a frame: at once, and instead of all plans. */
const NOW = -1;

/** Who takes control values: a PlannedSampling does. */
export interface SamplingTaker {
  set(sampling: Sampling): void;
  plan(frame: number, sampling: Sampling): void;
}

/**
 * Control values and plans on their way to a worker. One reader of a stream, one worker; both construct one over the same buffer. No
 * call waits, and the reader's allocate nothing. When there is no room the newest waits for it, on the reader's side.
 */
export class SharedSampling {
  readonly buffer: SharedArrayBuffer;
  private readonly queue: NumberQueue;
  private readonly record = new Float64Array(NUMBERS);
  private readonly waiting = new Float64Array(NUMBERS);
  private isWaiting = false;
  private readonly values = { temperature: 1, topP: 1, topK: 0, blend: 0 };

  constructor(buffer?: SharedArrayBuffer) {
    this.queue = new NumberQueue(NUMBERS, CAPACITY, buffer);
    this.buffer = this.queue.buffer;
  }

  // The reader's side.

  /** Of the stream after `generation` resets; `frame` undefined for at once. False when it waits for room, or another does. */
  post(generation: number, word: number, frame: number | undefined, sampling: Sampling): boolean {
    this.flush();
    const into = this.isWaiting ? this.waiting : this.record;
    into[0] = generation;
    into[1] = word;
    into[2] = frame ?? NOW;
    into[3] = sampling.temperature;
    into[4] = sampling.topP;
    into[5] = sampling.topK;
    into[6] = sampling.blend ?? 0;
    if (this.isWaiting) return false;
    if (this.queue.push(this.record)) return true;
    this.waiting.set(this.record);
    this.isWaiting = true;
    return false;
  }

  /** Sends what found no room before. */
  flush(): void {
    if (this.isWaiting && this.queue.push(this.waiting)) this.isWaiting = false;
  }

  // The worker's side.

  /** Hands over what is of `generation` and drops what is of earlier ones; later ones wait. `told` hears of each word. */
  take(generation: number, taker: SamplingTaker, told: (word: number) => void): void {
    const { queue, record, values } = this;
    for (; queue.peek(record); queue.pop()) {
      const age = (record[0]! - generation) | 0;
      if (age > 0) return;
      if (age < 0) continue;
      values.temperature = record[3]!;
      values.topP = record[4]!;
      values.topK = record[5]!;
      values.blend = record[6]!;
      if (record[2] === NOW) taker.set(values);
      else taker.plan(record[2]!, values);
      told(record[1]!);
    }
  }
}
