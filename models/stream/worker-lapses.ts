import { LAPSE_KINDS, type LapseKind, type LapseRecord, type StreamLapses } from '../stream.js';
import { NumberQueue } from './number-queue.js';

/** Generation, word, frame. */
const NEWS_NUMBERS = 3;
const NEWS_CAPACITY = 4096;
/** Kind, read, frame, frames. */
const OWN_NUMBERS = 4;
const OWN_CAPACITY = 256;

/** From the worker of a stream to its reader: from which frame on a word applies. Both construct one over the same buffer. */
export class WordNews {
  readonly buffer: SharedArrayBuffer;
  private readonly queue: NumberQueue;
  private readonly record = new Float64Array(NEWS_NUMBERS);

  constructor(buffer?: SharedArrayBuffer) {
    this.queue = new NumberQueue(NEWS_NUMBERS, NEWS_CAPACITY, buffer);
    this.buffer = this.queue.buffer;
  }

  /** Worker. What finds no room is lost: then nobody takes any. */
  tell(generation: number, word: number, frame: number): void {
    this.record[0] = generation;
    this.record[1] = word;
    this.record[2] = frame;
    this.queue.push(this.record);
  }

  /** Reader. The oldest of `generation`; false without one. */
  take(generation: number, into: LapseRecord): boolean {
    const { queue, record } = this;
    while (queue.peek(record)) {
      queue.pop();
      if (record[0] !== generation) continue;
      into.kind = 'word';
      into.read = record[1]!;
      into.frame = record[2]!;
      into.frames = 0;
      return true;
    }
    return false;
  }
}

/** The lapses of a stream in a worker, on its reader's side. */
export class WorkerLapses implements StreamLapses {
  numResets = 0;
  numReads = 0;
  private readonly own = new NumberQueue(OWN_NUMBERS, OWN_CAPACITY);
  private readonly record = new Float64Array(OWN_NUMBERS);

  /** `generation` counts the resets of the stream. */
  constructor(
    private readonly news: WordNews,
    private readonly generation: () => number,
  ) {}

  add(kind: LapseKind, frame: number, frames: number): void {
    this.record[0] = LAPSE_KINDS.indexOf(kind);
    this.record[1] = this.numReads;
    this.record[2] = frame;
    this.record[3] = frames;
    this.own.push(this.record);
  }

  take(into: LapseRecord): boolean {
    const { own, record } = this;
    if (!own.peek(record)) return this.news.take(this.generation(), into);
    own.pop();
    into.kind = LAPSE_KINDS[record[0]!]!;
    into.read = record[1]!;
    into.frame = record[2]!;
    into.frames = record[3]!;
    return true;
  }

  /** Another stream begins. */
  restart(): void {
    while (this.own.peek(this.record)) this.own.pop();
    this.numReads = 0;
    this.numResets++;
  }
}
