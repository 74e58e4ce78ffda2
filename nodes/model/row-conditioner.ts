import { type CondBlock, condFrameAt, type Tick } from '../../graph/index.js';
import type { ModelStream } from '../../models/index.js';
import { ModelClock } from './model-clock.js';
import { ROW_RATE_HZ, type RowFeed } from './row-feeds.js';

/** What holds at an engine frame of this tick or later: writes the row to `out` and returns whether it is known. */
export type RowAhead = (frame: number, out: Float32Array) => boolean;

/** Rows that a conditioner for this stream keeps: what its feeds have to be able to go back. */
export function rowCapacity(stream: ModelStream, maxModelFrames: number): number {
  const hop = stream.sampleRate / ROW_RATE_HZ;
  return 4 + Math.ceil((2 * maxModelFrames + stream.planAheadFrames) / hop);
}

/**
 * Rows of a conditioning port to the conditioning of a stream. Row j of the stream, 250 a second, belongs to one engine
 * frame and takes what the port holds there: so the same rows at any block size, live and offline. What is known ahead
 * is said as far as the stream steps, and costs no rollback; each tick it is held against what is known now, and said anew
 * from the first row that differs. What is not known ahead holds until it changes. On the audio path; allocates nothing
 * after construction.
 */
export class RowConditioner {
  readonly #stream: ModelStream;
  readonly #engineRate: number;
  readonly #rowAhead: RowAhead;
  readonly #feeds: readonly { readonly feed: RowFeed; readonly frames: Float32Array }[];
  readonly #clock: ModelClock;
  readonly #hop: number;
  readonly #capacity: number;
  /** Row j that was said, at j % #capacity. */
  readonly #said: readonly Float32Array[];
  /** What the port held last: before anything came, all 0. */
  readonly #held: Float32Array;
  readonly #row: Float32Array;
  /** The first row that has not been said. */
  #end = 0;

  /** `dim`: numbers in a row of the port. `maxModelFrames`: most that a tick reads. `feeds` keep `rowCapacity` rows. */
  constructor(
    stream: ModelStream,
    engineRate: number,
    maxModelFrames: number,
    dim: number,
    feeds: readonly RowFeed[],
    rowAhead: RowAhead,
  ) {
    this.#stream = stream;
    this.#engineRate = engineRate;
    this.#rowAhead = rowAhead;
    this.#clock = new ModelClock(stream.sampleRate, engineRate);
    this.#hop = stream.sampleRate / ROW_RATE_HZ;
    this.#capacity = rowCapacity(stream, maxModelFrames);
    this.#said = Array.from({ length: this.#capacity }, () => new Float32Array(dim));
    this.#held = new Float32Array(dim);
    this.#row = new Float32Array(dim);
    this.#feeds = feeds.map((feed) => ({
      feed,
      frames: new Float32Array(this.#capacity * feed.framesPerRow * feed.dim),
    }));
  }

  /** The stream begins anew, at position 0. */
  restart(): void {
    this.#clock.restart();
    this.#end = 0;
    for (let i = 0; i < this.#feeds.length; i++) this.#feeds[i]!.feed.restart();
  }

  /** Before the read of a tick of `numModelFrames`, which begins at `position`; `block`: what came at the port. */
  tell(tick: Tick, numModelFrames: number, block: CondBlock): void {
    const { position, planAheadFrames } = this.#stream;
    this.#clock.anchor(tick.startFrame, position);
    const from = Math.ceil(position / this.#hop);
    const now = Math.ceil((position + numModelFrames) / this.#hop);
    const until = Math.min(
      Math.ceil((position + numModelFrames + planAheadFrames) / this.#hop),
      from + this.#capacity - 1,
    );
    // After a gap, or at the start: nothing between is kept.
    if (this.#end < from) this.#end = from;
    let changed = -1;
    let j = from;
    for (; j < until; j++) {
      const frame = this.#clock.engineFrame(j * this.#hop);
      if (!this.#rowAhead(frame, this.#row)) {
        // What is not known ahead is at least known up to the end of this tick, and holds there.
        if (j > now) break;
        this.#takeHeld(tick, frame, block);
      }
      const said = this.#said[j % this.#capacity]!;
      if (changed < 0 && j < this.#end && isSame(said, this.#row)) continue;
      if (changed < 0) changed = j;
      said.set(this.#row);
    }
    this.#keepLast(block);
    const isShorter = j < this.#end;
    this.#end = j;
    if (changed >= 0) this.#say(changed);
    else if (isShorter && j > from) this.#say(j - 1);
  }

  /** Says rows [first, #end), and so forgets all later ones. */
  #say(first: number): void {
    for (let i = 0; i < this.#feeds.length; i++) {
      const { feed, frames } = this.#feeds[i]!;
      const rowLength = feed.framesPerRow * feed.dim;
      for (let j = first; j < this.#end; j++) {
        feed.write(j, this.#said[j % this.#capacity]!, frames, (j - first) * rowLength);
      }
      const numFrames = (this.#end - first) * feed.framesPerRow;
      this.#stream.setConditioning(feed.input, first * feed.framesPerRow, frames, numFrames);
    }
  }

  /** What came at the port up to engine frame `frame`. */
  #takeHeld(tick: Tick, frame: number, { data, dim, numFrames }: CondBlock): void {
    const first = condFrameAt(tick.startFrame, ROW_RATE_HZ, this.#engineRate);
    const index = condFrameAt(frame + 1, ROW_RATE_HZ, this.#engineRate) - 1 - first;
    const last = Math.min(index, numFrames - 1);
    if (last < 0) this.#row.set(this.#held);
    else for (let i = 0; i < this.#row.length; i++) this.#row[i] = data[last * dim + i]!;
  }

  #keepLast({ data, dim, numFrames }: CondBlock): void {
    if (numFrames === 0) return;
    for (let i = 0; i < this.#held.length; i++) this.#held[i] = data[(numFrames - 1) * dim + i]!;
  }
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
