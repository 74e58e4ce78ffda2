import type { CondBlock, EventBlock, Tick } from '../../graph/index.js';
import { type ModelStream, SPEECH_DIM } from '../../models/index.js';
import { NoteConditioner } from './note-conditioner.js';
import { isFedByNotes } from './note-feeds.js';
import { type RowAhead, RowConditioner, rowCapacity } from './row-conditioner.js';
import { classFeeds, isFedByClasses, MAX_CLASSES, type RowFeed } from './row-feeds.js';
import { isFedBySpeech, speechFeeds } from './speech-feeds.js';

/** What comes at the ports that steer a model. */
export interface SteeringInputs {
  readonly notes: EventBlock;
  readonly classes: CondBlock;
  readonly speech: CondBlock;
}

/** What steering asks of its node's context. */
export interface SteeringContext {
  readonly sampleRate: number;
  isConnected(port: string): boolean;
  inputAhead(port: string, frame: number, out: Float32Array): boolean;
  warn(code: string, message: string): void;
}

/**
 * All ports that steer a model, to the conditioning of its stream. What is not connected stays dropped. On the audio path;
 * allocates nothing after construction.
 */
export class Steering {
  readonly #notes: NoteConditioner | undefined;
  readonly #classes: RowConditioner | undefined;
  readonly #speech: RowConditioner | undefined;

  /** Tells at once what does not fit. `maxModelFrames`: most that a tick reads. */
  constructor(stream: ModelStream, context: SteeringContext, maxModelFrames: number) {
    const { conditioning, sampleRate } = stream;
    const { sampleRate: engineRate, warn } = context;
    const others = conditioning.filter(
      (input) =>
        !isFedByNotes(input, sampleRate) && !isFedByClasses(input) && !isFedBySpeech(input, sampleRate),
    );
    if (others.length > 0) {
      const names = others.map(({ name }) => name).join(', ');
      warn('MODEL_NOT_STEERED', `nothing can feed ${names} of this model: it plays without`);
    }
    const isConnected = (port: string, takes: boolean): boolean => {
      if (!context.isConnected(port)) return false;
      if (!takes)
        warn(`MODEL_TAKES_NO_${port.toUpperCase()}`, `${port} are connected, but this model takes none`);
      return takes;
    };
    const takesNotes = conditioning.some((input) => isFedByNotes(input, sampleRate));
    if (isConnected('notes', takesNotes)) {
      const notes: NoteConditioner = new NoteConditioner(
        stream,
        engineRate,
        maxModelFrames,
        (pitch) =>
          warn('MODEL_NO_SUCH_KEY', `note ${pitch} was ignored: this model has the keys ${notes.keys}`),
        () =>
          warn('MODEL_CANNOT_BEND', 'the pitch wheel was ignored: this model has keys, and nothing between'),
      );
      this.#notes = notes;
    }
    const rows = (port: string, dim: number, feeds: readonly RowFeed[]): RowConditioner | undefined => {
      if (!isConnected(port, feeds.length > 0)) return undefined;
      const ahead: RowAhead = (frame, out) => context.inputAhead(port, frame, out);
      return new RowConditioner(stream, engineRate, maxModelFrames, dim, feeds, ahead);
    };
    this.#classes = rows('classes', MAX_CLASSES, classFeeds(conditioning));
    const capacity = rowCapacity(stream, maxModelFrames);
    this.#speech = rows('speech', SPEECH_DIM, speechFeeds(conditioning, sampleRate, capacity));
  }

  /** The stream begins anew, at position 0. */
  restart(): void {
    this.#notes?.restart();
    this.#classes?.restart();
    this.#speech?.restart();
  }

  /** Before the read of a tick of `numModelFrames`; unless `isPlaying` nothing is read, and the stream's time stands still. */
  tell(tick: Tick, numModelFrames: number, isPlaying: boolean, inputs: SteeringInputs): void {
    this.#notes?.tell(tick, numModelFrames, isPlaying, inputs.notes);
    if (!isPlaying) return;
    this.#classes?.tell(tick, numModelFrames, inputs.classes);
    this.#speech?.tell(tick, numModelFrames, inputs.speech);
  }
}
