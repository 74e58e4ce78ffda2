import type { PerformanceEvent } from '../../models/index.js';
import type { NoteQueue } from './note-queue.js';
import { Playhead } from './playhead.js';

/** A shorter piece is played once: it would fill a tick with its beginnings. */
const SHORTEST_LOOP_SECONDS = 0.05;

const KEYS = 128;

/** Plays a piece into a queue, each event at the frame nearest to its time. On the audio path; allocates nothing after construction. */
export class ScorePlayer {
  readonly #events: readonly PerformanceEvent[];
  readonly #seconds: number;
  readonly #queue: NoteQueue;
  readonly #playhead = new Playhead();
  /** The next event, and where it is asked to begin; NaN when it is not. */
  #next = 0;
  #from = Number.NaN;
  #isPlaying = false;
  /** Of the pitch wheel. */
  #bend = 0;
  #isStopping = false;
  /** Of the last note of each key. */
  readonly #ids = new Float64Array(KEYS);
  #lastId = 0;

  /** `events` by time; the piece lasts `seconds`. */
  constructor(events: readonly PerformanceEvent[], seconds: number, queue: NoteQueue) {
    this.#events = events;
    this.#seconds = seconds;
    this.#queue = queue;
  }

  /** From the next tick on, from `seconds` of the piece. */
  play(seconds: number): void {
    this.#from = seconds;
  }

  /** With the next tick. */
  stop(): void {
    this.#from = Number.NaN;
    this.#isStopping = true;
  }

  /** Before anything else in a tick. */
  begin(startFrame: number): void {
    if (this.#isStopping) this.#end(0);
    if (!Number.isNaN(this.#from)) this.#beginAt(this.#from, startFrame);
    this.#isStopping = false;
    this.#from = Number.NaN;
  }

  /** Seconds of the piece per frame, from `frame` on. */
  setSpeed(frame: number, secondsPerFrame: number): void {
    this.#playhead.setSpeed(frame, secondsPerFrame);
  }

  /** Everything before `endFrame`, in the tick that begins at `startFrame`. False when there was no room: the rest comes later. */
  playUpTo(endFrame: number, startFrame: number, isLooping: boolean): boolean {
    while (this.#isPlaying) {
      const event = this.#events[this.#next];
      const frame = this.#playhead.frameOf(event?.seconds ?? this.#seconds);
      if (frame >= endFrame) return true;
      const offset = Math.max(0, frame - startFrame);
      if (event === undefined) {
        const end = this.#playhead.timeOf(this.#seconds);
        this.#end(offset);
        if (isLooping && this.#seconds >= SHORTEST_LOOP_SECONDS) {
          this.#playhead.jump(end, 0);
          this.#next = 0;
          this.#isPlaying = true;
        }
      } else {
        if (!this.#push(event, offset)) return false;
        this.#next++;
      }
    }
    return true;
  }

  #beginAt(seconds: number, frame: number): void {
    if (this.#isPlaying) this.#end(0);
    let isPedalDown = false;
    let bend = 0;
    this.#next = 0;
    for (; this.#next < this.#events.length; this.#next++) {
      const { seconds: at, type, velocity } = this.#events[this.#next]!;
      if (at >= seconds) break;
      if (type === 'pedal') isPedalDown = velocity >= 0.5;
      if (type === 'bend') bend = velocity;
    }
    if (isPedalDown) this.#queue.push('pedal', 0, 1, 0);
    this.#moveWheel(bend, 0);
    this.#playhead.jump(frame, seconds);
    this.#isPlaying = true;
  }

  #end(offset: number): void {
    if (this.#isPlaying) {
      this.#queue.push('all-notes-off', 0, 0, 0, offset);
      this.#moveWheel(0, offset);
    }
    this.#isPlaying = false;
  }

  #moveWheel(position: number, offset: number): boolean {
    if (position === this.#bend) return true;
    if (!this.#queue.push('bend', 0, position, 0, offset)) return false;
    this.#bend = position;
    return true;
  }

  #push({ type, pitch, velocity }: PerformanceEvent, offset: number): boolean {
    if (type === 'bend') return this.#moveWheel(velocity, offset);
    const id = type === 'note-on' ? this.#lastId + 1 : type === 'note-off' ? this.#ids[pitch]! : 0;
    if (!this.#queue.push(type, pitch, velocity, id, offset)) return false;
    if (type === 'note-on') this.#ids[pitch] = this.#lastId = id;
    return true;
  }
}
