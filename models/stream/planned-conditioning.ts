import type { ConditioningInput } from '../bundle/types.js';
import { hopFrames } from '../conditioning/block-rows.js';
import type { Conditioning } from '../stepper.js';

/** How far beyond the next sample frames are kept. */
const KEPT_SECONDS = 2;

/** Frames of an input that a stream keeps, from that of the next sample on. */
export function keptFrames({ rateHz }: ConditioningInput): number {
  return Math.ceil(rateHz * KEPT_SECONDS) + 1;
}

/**
 * Conditioning that waits for its samples, as `ModelStream.setConditioning` says, for streams that step where it is kept.
 * Allocates once.
 */
export class PlannedConditioning {
  /** What `take` filled: borrowed until its next call. */
  readonly block: Conditioning;
  private readonly timelines: readonly Timeline[];
  private readonly entries: (Float32Array | undefined)[];

  /** `maxFrames`: the longest block that will be taken. */
  constructor(inputs: readonly ConditioningInput[], sampleRate: number, maxFrames: number) {
    this.timelines = inputs.map(
      (input) => new Timeline(input.dim, hopFrames(input, sampleRate), keptFrames(input), maxFrames),
    );
    this.entries = inputs.map(() => undefined);
    this.block = this.entries;
  }

  /**
   * `next` is the first sample that is not stepped yet. How many frames are too far beyond it to be kept. An input that
   * there is none of is not looked at.
   */
  say(input: number, firstFrame: number, frames: Float32Array, numFrames: number, next: number): number {
    return this.timelines[input]?.say(firstFrame, frames, numFrames, next) ?? 0;
  }

  /** Fills `block` for the samples from `next` on; of how many, 1 to `numFrames`, is returned. */
  take(next: number, numFrames: number): number {
    const { timelines, entries } = this;
    let n = numFrames;
    for (let i = 0; i < timelines.length; i++) n = Math.min(n, timelines[i]!.samplesUntilSaid(next));
    for (let i = 0; i < timelines.length; i++) entries[i] = timelines[i]!.take(next, n);
    return n;
  }

  /** The same frames as the other, of the same inputs. */
  copyFrom(other: PlannedConditioning): void {
    this.timelines.forEach((timeline, i) => {
      timeline.copyFrom(other.timelines[i]!);
    });
  }

  /** All inputs are dropped. */
  restart(): void {
    for (let i = 0; i < this.timelines.length; i++) this.timelines[i]!.restart();
  }
}

/** The frames of one input that were said: number k lies in row k modulo `capacity`. */
class Timeline {
  private readonly rows: Float32Array;
  private readonly block: Float32Array;
  /** First frame said; before it the input is dropped. */
  private first = Number.POSITIVE_INFINITY;
  /** One beyond the last frame said, which holds from there on. */
  private end = 0;

  constructor(
    private readonly dim: number,
    private readonly hop: number,
    private readonly capacity: number,
    maxFrames: number,
  ) {
    this.rows = new Float32Array(capacity * dim);
    this.block = new Float32Array((Math.ceil(maxFrames / hop) + 1) * dim);
  }

  say(firstFrame: number, frames: Float32Array, numFrames: number, next: number): number {
    const { dim, capacity } = this;
    const count = Math.min(numFrames, Math.floor(frames.length / dim));
    const now = Math.floor(next / this.hop);
    if (!(count >= 1 && Number.isInteger(firstFrame))) return 0;
    if (firstFrame >= now + capacity) return count;
    if (firstFrame <= this.first) {
      this.first = firstFrame;
      this.end = firstFrame;
    } else {
      this.hold(firstFrame, now);
    }
    // Of the frames that are over, only the last may still hold.
    const from = Math.max(firstFrame, Math.min(now, firstFrame + count - 1));
    const to = Math.min(firstFrame + count, now + capacity);
    for (let frame = from; frame < to; frame++) {
      const source = (frame - firstFrame) * dim;
      const target = modulo(frame, capacity) * dim;
      for (let j = 0; j < dim; j++) this.rows[target + j] = frames[source + j]!;
      this.end = frame + 1;
    }
    return firstFrame + count - to;
  }

  /** Makes the timeline end before `frame`: with its last frame until there, from `now` on, or cut off. */
  private hold(frame: number, now: number): void {
    const { rows, dim, capacity } = this;
    const source = modulo(this.end - 1, capacity) * dim;
    for (let k = Math.max(this.end, now); k < frame; k++)
      rows.copyWithin(modulo(k, capacity) * dim, source, source + dim);
    this.end = frame;
  }

  /** So many samples from `next` on are alike in whether the input is dropped. */
  samplesUntilSaid(next: number): number {
    const said = this.first * this.hop;
    return next < said ? said - next : Number.POSITIVE_INFINITY;
  }

  take(next: number, numFrames: number): Float32Array | undefined {
    const { rows, block, dim, hop, capacity } = this;
    if (next < this.first * hop) return undefined;
    const firstRow = Math.floor(next / hop);
    const lastRow = Math.floor((next + numFrames - 1) / hop);
    for (let row = firstRow; row <= lastRow; row++) {
      const source = modulo(Math.min(row, this.end - 1), capacity) * dim;
      const target = (row - firstRow) * dim;
      for (let j = 0; j < dim; j++) block[target + j] = rows[source + j]!;
    }
    return block;
  }

  copyFrom(other: Timeline): void {
    this.rows.set(other.rows);
    this.first = other.first;
    this.end = other.end;
  }

  restart(): void {
    this.first = Number.POSITIVE_INFINITY;
    this.end = 0;
  }
}

/** Of a frame number, which may be negative. */
function modulo(frame: number, capacity: number): number {
  return ((frame % capacity) + capacity) % capacity;
}
