/**
 * Errors and warnings of nodes. Every code lives in one catalogue, so that docs/errors.md can be held against it.
 * A message says what was expected and what was received; the remedy says what to do next.
 */

import { sinkErrors } from './sinks/errors.js';

export interface NodeErrorEntry {
  /** One sentence: what the code means. */
  readonly summary: string;
  /** One sentence: what to do about it, when the thrower has nothing more precise. */
  readonly remedy: string;
}

/** Of everything but sinks, whose codes are listed beside them. */
const ownErrors = {
  NODE_SETTING: {
    summary: 'The settings of a node contradict each other.',
    remedy: 'Correct the settings named in the message; `sashimi nodes` lists them.',
  },
  NODE_ARGUMENT: {
    summary: 'A node, or the maths below it, was given an argument out of its range.',
    remedy: 'Pass a value in the stated range.',
  },
  NODE_NOT_FINITE: {
    summary: 'A limiter received values that are no finite numbers; it faded to silence around them.',
    remedy: 'Find the node that makes them by taking nodes out of the patch, and report it to its author.',
  },
  MODEL_XRUN: {
    summary: 'A model did not step fast enough: its ring ran dry and the sound had a faded gap.',
    remedy: 'Raise --look-ahead, use a smaller model, or stop what else uses the processor.',
  },
  MODEL_NOT_STEERED: {
    summary: 'A model has a conditioning input that its node cannot feed; it plays without it.',
    remedy:
      'Use a model whose inputs are notes, classes or speech, or play on: it was trained to do without, too.',
  },
  MODEL_NOT_GUIDED: {
    summary:
      'Guidance does nothing here: the node does not step its model twice, or the model takes no inputs.',
    remedy:
      'Set guidance to true in the settings of the node, for a model that takes notes, classes or speech.',
  },
  MODEL_TAKES_NO_NOTES: {
    summary: 'Notes lead to a model that takes none; they are ignored.',
    remedy: 'Choose a bundle with notes, such as keys or words, or remove the edge from the patch.',
  },
  MODEL_TAKES_NO_CLASSES: {
    summary: 'Class weights lead to a model that takes none; they are ignored.',
    remedy: 'Choose a bundle with classes, such as textures, or remove the edge from the patch.',
  },
  MODEL_TAKES_NO_SPEECH: {
    summary: 'Speech leads to a model that takes none; it is ignored.',
    remedy: 'Choose a bundle of the voice, such as voice, or remove the edge from the patch.',
  },
  MODEL_NO_SUCH_KEY: {
    summary: 'A note has no key on the keyboard that it was played on; it was ignored.',
    remedy: 'Play the keys that the message names.',
  },
  MODEL_CANNOT_BEND: {
    summary:
      'The pitch wheel was moved for a model of keys or words, whose pitches are fixed; it was ignored.',
    remedy:
      'Bend a `singer` or `text` with a model of the voice; told once for each time the patch is loaded.',
  },
  NODE_FILE_LATE: {
    summary: 'An audio file could not be read as fast as it plays; there was a faded gap.',
    remedy: 'Copy the file to a faster disk, or stop what else uses the disk or the processor.',
  },
  NODE_FILE_EMPTY: {
    summary: 'An audio file ended at once: there is no sound in it from there on.',
    remedy: 'Play it from an earlier place, or use another file.',
  },
  NODE_INPUT_GAP: {
    summary:
      'Sound from an input came too late, or the engine was held up: what is heard of it had a faded gap.',
    remedy: 'Raise `marginMs` of the node, or --block; stop what else uses the processor.',
  },
  NODE_SINGER_RANGE: {
    summary: 'A note lies beyond the range of a singer, which sings the nearest pitch that it can.',
    remedy: 'Play notes that give 60 to 600 Hz, keys 35 to 74, or transpose the singer.',
  },
  MODEL_LISTENS: {
    summary: 'A model was asked to listen to something while it still listens to something else.',
    remedy: 'Wait for the answer to the first prime or listen, then ask again.',
  },
  MODEL_HEARS_NOTHING: {
    summary: 'A model was asked to listen to its input, but nothing leads there.',
    remedy: 'Connect a sound to the input `heard` of the node, such as that of an audio-in.',
  },
  MODEL_HEARD_TOO_LITTLE: {
    summary: 'A model was asked to listen to its input before enough was heard there, or after it was gone.',
    remedy: 'Ask for it again when there was more sound at the input.',
  },
  MODEL_PRIMED_FROM_DAMAGED: {
    summary: 'What a model has listened to is damaged; it heard what can be played of it.',
    remedy: 'Copy or export the file again if what is missing matters.',
  },
  NODE_TEXT_UNSAID: {
    summary: 'A text has characters that cannot be said; the rest of it is said.',
    remedy: 'Write what they mean in English words.',
  },
  NODE_TEXT_LONG: {
    summary: 'A text is longer than is read at once; its beginning is said.',
    remedy: 'Send it in pieces, each when the one before has been said.',
  },
  NODE_TEXT_BUSY: {
    summary: 'More texts came than are read at once; this one was refused.',
    remedy: 'Wait for the answers to those before, then send it again.',
  },
  NODE_QUEUE_FULL: {
    summary: 'More notes came between two ticks than are taken at once; this one was refused.',
    remedy: 'Send fewer at once. If a key keeps sounding, let it go again, or let all of them go.',
  },
  NODE_EVENTS_LATE: {
    summary: 'More notes fell into one tick than it takes; the rest came with the next one.',
    remedy: 'Nothing has to be done, unless the rhythm matters: thin the notes out, or lower the rate.',
  },
  NODE_NO_NOTES: {
    summary: 'A MIDI file has no notes to play.',
    remedy: 'Choose another file; drums, on channel 10, are left out.',
  },
  MODEL_NO_SUCH_STATE: {
    summary: 'No state of that name was kept.',
    remedy: 'Keep one with state/store NAME, or load one with state/load NAME; the message lists the names.',
  },
  MODEL_STATES_FULL: {
    summary: 'A model keeps no more states at once.',
    remedy: 'Store under one of the names that the message lists; save what is to stay with state/save.',
  },
  MODEL_STATE_BUSY: {
    summary:
      'More commands for states came at once than a model takes, or a state to be saved was not there in time.',
    remedy: 'Send it again, with fewer of them at once.',
  },
  MODEL_STATE_DAMAGED: {
    summary: 'A file holds a state with numbers that no model has.',
    remedy: 'Save the state anew; the model plays on as before.',
  },
  MODEL_RUNAWAY: {
    summary:
      'A model ran away, into noise or a level or state of its own, and was taken back to an earlier state under a fade.',
    remedy:
      'Nothing has to be done. If it recurs, lower the temperature, use another model, or correct `watchdog` in its model.json; the setting `watchdog` of the node switches it off.',
  },
} as const satisfies Readonly<Record<string, NodeErrorEntry>>;

/** The whole catalogue. */
export const nodeErrors = {
  ...ownErrors,
  ...sinkErrors,
} as const satisfies Readonly<Record<string, NodeErrorEntry>>;

/** What a NodeError may carry; sinks throw their own. */
export type NodeErrorCode = keyof typeof ownErrors;

export interface NodeErrorOptions {
  /** Replaces the catalogue's remedy where the thrower knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The only error that nodes, other than sinks, throw on purpose. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;
  readonly remedy: string;

  constructor(code: NodeErrorCode, message: string, options: NodeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? nodeErrors[code].remedy;
  }
}
