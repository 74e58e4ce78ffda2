import type { EventBlock, GraphEvent, Tick } from '../../graph/index.js';
import { type ModelStream, NOTE_HOP, type NoteState } from '../../models/index.js';
import { ModelClock } from './model-clock.js';
import { type NoteInput, noteFeeds } from './note-feeds.js';

/**
 * After an event the future is said anew, in portions, lest a tick with many notes be late: so many times what the tick
 * plays, which is more than a thread steps meanwhile, and at least so many frames.
 */
const PORTION_SPEED = 36;
const LEAST_PORTION_FRAMES = 16;

/** A state that notes play, twice, and where the frames of its inputs are written before they are said. */
interface Fed {
  /** What has been played: the state before frame #playedFrame, with all events up to there. */
  readonly played: NoteState;
  /** What follows if nobody plays: the state before the first frame that has not been said. */
  readonly ahead: NoteState;
  readonly inputs: readonly (NoteInput<NoteState> & { readonly frames: Float32Array })[];
}

/**
 * Notes to the conditioning of a stream. An event falls on an engine frame, through that on a model frame, and counts
 * from the next frame of 64 samples on: the same at any block size, live and offline. What comes then is known as long as
 * nobody plays: it is said as far ahead as the stream steps, only new frames each tick. An event goes back to the
 * state at its frame and says anew what follows. A stream that does not go back gets it where it has yet to step, so
 * that no onset is lost. On the audio path; allocates nothing after construction.
 */
export class NoteConditioner {
  readonly #stream: ModelStream;
  readonly #onUnknownKey: (pitch: number) => void;
  readonly #onBend: () => void;
  readonly #clock: ModelClock;
  readonly #fed: readonly Fed[];
  /** The keys that notes can have, for a sentence. */
  readonly keys: string;
  /** Where all states are that have been played. No event comes before it. */
  #playedFrame = 0;
  /** The first frame that has not been said. */
  #saidFrame = 0;
  /** Whether a wheel was ever moved. */
  #isBent = false;
  /** Frames written since the last call of the stream. */
  #written = 0;

  /**
   * `maxModelFrames`: most that a tick reads. `onUnknownKey` hears of every note that there is no key for, `onBend` once of a
   * pitch wheel that is moved: keys and words have no pitch between.
   */
  constructor(
    stream: ModelStream,
    engineRate: number,
    maxModelFrames: number,
    onUnknownKey: (pitch: number) => void,
    onBend: () => void,
  ) {
    this.#stream = stream;
    this.#onUnknownKey = onUnknownKey;
    this.#onBend = onBend;
    this.#clock = new ModelClock(stream.sampleRate, engineRate);
    // Between the first event of a tick and the end of what is said; an event may be put off by what is stepped ahead.
    const capacity = 4 + 2 * Math.ceil((maxModelFrames + stream.planAheadFrames) / NOTE_HOP);
    const feeds = noteFeeds(stream.conditioning, stream.sampleRate);
    this.keys = feeds.map(({ keys }) => keys).join(', and ');
    this.#fed = feeds.map(({ createState, inputs }) => ({
      played: createState(),
      ahead: createState(),
      inputs: inputs.map((input) => ({
        ...input,
        frames: new Float32Array(capacity * input.rows * input.dim),
      })),
    }));
  }

  /** The stream begins anew, at position 0: keys and pedal stay as they are. Says all that the stream may step. */
  restart(): void {
    this.#clock.restart();
    this.#playedFrame = this.#saidFrame = 0;
    this.#followPlayed();
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
        this.#writePlayed();
        this.#advancePlayed();
      }
      this.#play(event);
    }
    if (isPlayed) {
      this.#followPlayed();
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
      for (let i = 0; i < this.#fed.length; i++) {
        const { ahead, inputs } = this.#fed[i]!;
        this.#write(ahead, inputs);
        ahead.advance();
      }
      this.#written++;
      this.#saidFrame++;
    }
    if (this.#written === 0) return;
    for (let i = 0; i < this.#fed.length; i++) {
      const { inputs } = this.#fed[i]!;
      for (let k = 0; k < inputs.length; k++) {
        const { input, rows, frames } = inputs[k]!;
        this.#stream.setConditioning(input, first * rows, frames, this.#written * rows);
      }
    }
    this.#written = 0;
  }

  #writePlayed(): void {
    for (let i = 0; i < this.#fed.length; i++) this.#write(this.#fed[i]!.played, this.#fed[i]!.inputs);
    this.#written++;
  }

  #write(state: NoteState, inputs: Fed['inputs']): void {
    for (let k = 0; k < inputs.length; k++) {
      const fed = inputs[k]!;
      fed.write(state, fed.frames, this.#written * fed.rows * fed.dim);
    }
  }

  #advancePlayed(): void {
    for (let i = 0; i < this.#fed.length; i++) this.#fed[i]!.played.advance();
    this.#playedFrame++;
  }

  #followPlayed(): void {
    for (let i = 0; i < this.#fed.length; i++) this.#fed[i]!.ahead.copyFrom(this.#fed[i]!.played);
  }

  /** The first model frame that what is said now is sure to reach, where `end` is the end of the next read. */
  #firstSteerable(end: number): number {
    const { steerAfterFrames } = this.#stream;
    return steerAfterFrames === 0 ? 0 : end + steerAfterFrames;
  }

  #isPlayable({ type, pitch, velocity }: GraphEvent): boolean {
    if (type === 'pedal' || type === 'all-notes-off') return true;
    if (type === 'bend' && velocity !== 0 && !this.#isBent) {
      this.#isBent = true;
      this.#onBend();
    }
    if (type !== 'note-on' && type !== 'note-off') return false;
    const key = Math.round(pitch);
    for (let i = 0; i < this.#fed.length; i++) if (this.#fed[i]!.played.hasKey(key)) return true;
    if (type === 'note-on') this.#onUnknownKey(pitch);
    return false;
  }

  #play({ type, pitch, velocity }: GraphEvent): void {
    const key = Math.round(pitch);
    for (let i = 0; i < this.#fed.length; i++) {
      const { played } = this.#fed[i]!;
      if (type === 'pedal') played.pedal(velocity >= 0.5);
      else if (type === 'all-notes-off') played.allNotesOff();
      else if (!played.hasKey(key)) continue;
      else if (type === 'note-on') played.noteOn(key, Math.min(1, velocity));
      else played.noteOff(key);
    }
  }
}
