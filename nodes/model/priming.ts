import type { ActionSpec, ActionValue } from '../../graph/index.js';
import { NodeError } from '../errors.js';
import type { ModelStreams, PrimedState, SecondModelRequest } from '../services.js';
import { type HeardRing, MOST_HEARD_SECONDS } from './heard-ring.js';

export const primeAction = {
  label: 'Prime',
  description: 'Lets the model hear an audio file, much faster than it sounds, and go on from there.',
  args: [
    {
      name: 'file',
      type: 'string',
      description:
        'Path, from the folder that the engine was started in; it must lie there or in the package.',
    },
    {
      name: 'start',
      type: 'float',
      description: 'Second from which on it is heard; 0 when left out.',
      optional: true,
    },
    {
      name: 'end',
      type: 'float',
      description: 'Second up to which; the end of the file when left out. At most a minute is heard.',
      optional: true,
    },
  ],
} as const satisfies ActionSpec;

export const listenAction = {
  label: 'Listen',
  description:
    'Lets the model hear the last seconds of its input heard, much faster than they sounded, and go on from there.',
  args: [
    {
      name: 'seconds',
      type: 'float',
      description: `Above 0 and at most ${MOST_HEARD_SECONDS}; as much as there was, where that is less.`,
    },
  ],
} as const satisfies ActionSpec;

export interface PrimingContext {
  readonly bundle: string;
  readonly second?: SecondModelRequest | undefined;
  readonly mode: 'live' | 'offline';
  /** What the input of the node has heard; undefined where nothing leads there. */
  readonly heard: HeardRing | undefined;
  /** The stream goes on from there. Throws a coded error when it cannot. */
  takeUp(snapshot: Uint8Array): void;
  warn(code: string, message: string): void;
}

/**
 * The actions `prime` and `listen`: another voice of the bundle listens, off the audio path, and what it knows then becomes the state of
 * the stream; the old sound fades under the new one. The count of frames goes on, and with it the draws.
 */
export class Priming {
  readonly #streams: ModelStreams;
  readonly #context: PrimingContext;
  #isListening = false;

  constructor(streams: ModelStreams, context: PrimingContext) {
    this.#streams = streams;
    this.#context = context;
  }

  /** The seconds that were heard: offline at once, live by a promise. Throws or rejects with a coded error. */
  prime([file, start, end]: readonly ActionValue[]): number | Promise<number> {
    this.#checkIdle();
    const { bundle, second, mode } = this.#context;
    const startSeconds = typeof start === 'number' ? start : 0;
    const endSeconds = typeof end === 'number' ? end : undefined;
    if (!(startSeconds >= 0 && (endSeconds === undefined || endSeconds > startSeconds))) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `expected a start of 0 or more and an end after it, but received ${start} and ${end}`,
      );
    }
    return this.#goOn(
      this.#streams.prime({
        bundle,
        ...(second && { second }),
        file: String(file),
        startSeconds,
        endSeconds,
        mode,
      }),
    );
  }

  /** The same with the last seconds of the input, up to the tick that comes next. */
  listen([seconds]: readonly ActionValue[]): number | Promise<number> {
    this.#checkIdle();
    const { bundle, second, mode, heard } = this.#context;
    if (heard === undefined) {
      throw new NodeError(
        'MODEL_HEARS_NOTHING',
        'expected something at the input heard, but nothing leads there',
      );
    }
    if (!(typeof seconds === 'number' && seconds > 0 && seconds <= MOST_HEARD_SECONDS)) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `expected seconds above 0, at most ${MOST_HEARD_SECONDS}, but received ${seconds}`,
      );
    }
    return this.#goOn(
      this.#streams.listen({ bundle, ...(second && { second }), heard: heard.last(seconds), mode }),
    );
  }

  #checkIdle(): void {
    if (this.#isListening) {
      throw new NodeError('MODEL_LISTENS', 'the model still listens to what it was asked to hear before');
    }
  }

  #goOn(heard: Promise<PrimedState> | PrimedState): number | Promise<number> {
    return heard instanceof Promise ? this.#takeUpLater(heard) : this.#takeUp(heard);
  }

  async #takeUpLater(heard: Promise<PrimedState>): Promise<number> {
    this.#isListening = true;
    try {
      return this.#takeUp(await heard);
    } finally {
      this.#isListening = false;
    }
  }

  #takeUp({ snapshot, seconds, faults }: PrimedState): number {
    this.#context.takeUp(snapshot);
    for (const fault of faults) this.#context.warn('MODEL_PRIMED_FROM_DAMAGED', fault);
    return seconds;
  }
}
