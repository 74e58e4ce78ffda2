import type { EventBlock, GraphEvent, Tick } from '../../graph/index.js';
import {
  type ConditioningInput,
  HIGHEST_PITCH,
  LOWEST_PITCH,
  type ModelStream,
  NOTE_HOP,
  NOTE_PARTIALS_DIM,
  NOTE_ROLL_DIM,
  NOTE_SAMPLE_RATE,
  NoteRoll,
} from '../../models/index.js';
import { ModelClock } from './model-clock.js';

/**
 * After an event the future is said anew, in portions, lest a tick with many notes be late: so many times what the tick
 * plays, which is more than a thread steps meanwhile, and at least so many frames.
 */
const PORTION_SPEED = 36;
const LEAST_PORTION_FRAMES = 16;

/** An input of the bundle that notes feed, and where its frames are written before they are said. */
interface Fed {
  readonly input: number;
  readonly kind: 'note-roll' | 'note-partials';
  /** Rows of the input per frame of the roll, and values per row. */
  readonly rows: number;
  readonly dim: number;
  readonly frames: Float32Array;
}

/** The keys that notes can have, for a sentence. */
export const MODEL_KEYS = `${LOWEST_PITCH} to ${HIGHEST_PITCH}`;

/** Whether notes can feed it: of a kind that they are, in the shape which that kind has. */
export function isFedByNotes({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  if (sampleRate !== NOTE_SAMPLE_RATE) return false;
  if (kind === 'note-roll') return dim === NOTE_ROLL_DIM && rateHz === NOTE_SAMPLE_RATE / NOTE_HOP;
  return kind === 'note-partials' && dim === NOTE_PARTIALS_DIM && rateHz === NOTE_SAMPLE_RATE;
}

/**
 * Notes to the conditioning of a stream. An event falls on an engine frame, through that on a model frame, and counts
 * from the next frame of the roll on: the same at any block size, live and offline. What comes then is known as long as
 * nobody plays: it is said as far ahead as the stream steps, only new frames each tick. An event goes back to the
 * state at its frame and says anew what follows. A stream that does not go back gets it where it has yet to step, so
 * that no onset is lost. On the audio path; allocates nothing after construction.
 */
export class NoteConditioner {
  readonly #stream: ModelStream;
  readonly #onUnknownKey: (pitch: number) => void;
  readonly #clock: ModelClock;
  readonly #fed: Fed[] = [];
  /** What has been played: the state before frame #playedFrame, with all events up to there. No event comes before it. */
  readonly #played = new NoteRoll();
  #playedFrame = 0;
  /** What follows if nobody plays: the state before the first frame that has not been said. */
  readonly #ahead = new NoteRoll();
  #saidFrame = 0;
  /** Frames written since the last call of the stream. */
  #written = 0;

  /** `maxModelFrames`: most that a tick reads. `onUnknownKey` hears of every note that the roll has no key for. */
  constructor(
    stream: ModelStream,
    engineRate: number,
    maxModelFrames: number,
    onUnknownKey: (pitch: number) => void,
  ) {
    this.#stream = stream;
    this.#onUnknownKey = onUnknownKey;
    this.#clock = new ModelClock(stream.sampleRate, engineRate);
    // Between the first event of a tick and the end of what is said; an event may be put off by what is stepped ahead.
    const capacity = 4 + 2 * Math.ceil((maxModelFrames + stream.planAheadFrames) / NOTE_HOP);
    for (const [input, spec] of stream.conditioning.entries()) {
      if (!isFedByNotes(spec, stream.sampleRate)) continue;
      const rows = spec.rateHz === NOTE_SAMPLE_RATE ? NOTE_HOP : 1;
      const frames = new Float32Array(capacity * rows * spec.dim);
      this.#fed.push({ input, kind: spec.kind as Fed['kind'], rows, dim: spec.dim, frames });
    }
  }

  /** The stream begins anew, at position 0: keys and pedal stay as they are. Says all that the stream may step. */
  restart(): void {
    this.#clock.restart();
    this.#playedFrame = this.#saidFrame = 0;
    this.#ahead.copyFrom(this.#played);
    this.#sayOn(0, Math.ceil(this.#stream.planAheadFrames / NOTE_HOP));
  }

  /** Before the read of a tick of `numModelFrames`; unless `isPlaying` nothing is read, and the stream's time stands still. */
  tell(tick: Tick, numModelFrames: number, isPlaying: boolean, { events, count }: EventBlock): void {
    const { position, planAheadFrames } = this.#stream;
    const readFrames = isPlaying ? numModelFrames : 0;
    if (isPlaying) this.#clock.anchor(tick.startFrame, position);
    const now = Math.min(Math.ceil(position / NOTE_HOP), this.#saidFrame);
    while (this.#playedFrame < now) this.#advancePlayed();
    let first = this.#saidFrame;
    let isPlayed = false;
    for (let i = 0; i < count; i++) {
      const event = events[i]!;
      if (!this.#isPlayable(event)) continue;
      const at = isPlaying ? this.#clock.modelFrame(tick.startFrame + event.frameOffset) : position;
      const frame = Math.ceil(Math.max(at, this.#firstSteerable(position + readFrames)) / NOTE_HOP);
      if (!isPlayed) {
        while (this.#playedFrame < Math.min(frame, this.#saidFrame)) this.#advancePlayed();
        first = this.#playedFrame;
        isPlayed = true;
      }
      while (this.#playedFrame < frame) {
        this.#write(this.#played);
        this.#advancePlayed();
      }
      this.#play(event);
    }
    if (isPlayed) {
      this.#ahead.copyFrom(this.#played);
      this.#saidFrame = this.#playedFrame;
    }
    const portion = Math.max(
      LEAST_PORTION_FRAMES,
      Math.ceil((PORTION_SPEED * numModelFrames) / NOTE_HOP),
      Math.ceil((position + readFrames) / NOTE_HOP) - this.#saidFrame,
    );
    const wanted = Math.ceil((position + readFrames + planAheadFrames) / NOTE_HOP);
    this.#sayOn(first, Math.min(wanted, this.#saidFrame + portion));
  }

  /** Writes up to frame `end`, then says all that has been written, which begins with frame `first`. */
  #sayOn(first: number, end: number): void {
    while (this.#saidFrame < end) {
      this.#write(this.#ahead);
      this.#ahead.advance();
      this.#saidFrame++;
    }
    if (this.#written === 0) return;
    for (let i = 0; i < this.#fed.length; i++) {
      const { input, rows, frames } = this.#fed[i]!;
      this.#stream.setConditioning(input, first * rows, frames, this.#written * rows);
    }
    this.#written = 0;
  }

  #write(roll: NoteRoll): void {
    for (let i = 0; i < this.#fed.length; i++) {
      const { kind, rows, dim, frames } = this.#fed[i]!;
      const at = this.#written * rows * dim;
      if (kind === 'note-roll') roll.writeRoll(frames, at);
      else roll.writePartials(frames, at);
    }
    this.#written++;
  }

  #advancePlayed(): void {
    this.#played.advance();
    this.#playedFrame++;
  }

  /** The first model frame that what is said now is sure to reach, where `end` is the end of the next read. */
  #firstSteerable(end: number): number {
    const stream = this.#stream;
    if (stream.mode === 'inline' || stream.state.rollback === 'ready') return 0;
    return end + stream.lookAheadFrames;
  }

  #isPlayable({ type, pitch }: GraphEvent): boolean {
    if (type === 'pedal' || type === 'all-notes-off') return true;
    if (type === 'trigger') return false;
    if (NoteRoll.hasKey(Math.round(pitch))) return true;
    if (type === 'note-on') this.#onUnknownKey(pitch);
    return false;
  }

  #play({ type, pitch, velocity }: GraphEvent): void {
    if (type === 'note-on') this.#played.noteOn(Math.round(pitch), Math.min(1, velocity));
    else if (type === 'note-off') this.#played.noteOff(Math.round(pitch));
    else if (type === 'pedal') this.#played.pedal(velocity >= 0.5);
    else this.#played.allNotesOff();
  }
}
