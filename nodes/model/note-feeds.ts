import {
  type ConditioningInput,
  FIRST_WORD_PITCH,
  HIGHEST_PITCH,
  LOWEST_PITCH,
  NOTE_HOP,
  NOTE_PARTIALS_DIM,
  NOTE_ROLL_DIM,
  NOTE_SAMPLE_RATE,
  NoteRoll,
  type NoteState,
  SPEECH_HOP,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
  WORD_STEPS,
  WordVoice,
} from '../../models/index.js';

/** An input of a model that a state of notes feeds. */
export interface NoteInput<S> {
  /** Number of the input. */
  readonly input: number;
  /** Rows per frame of the state, and values per row. */
  readonly rows: number;
  readonly dim: number;
  /** Writes the rows of the state's frame to `into[at..)`. On the audio path; allocates nothing. */
  write(state: S, into: Float32Array, at: number): void;
}

/** One state that notes play, and the inputs that it feeds. */
export interface NoteFeed<S extends NoteState = NoteState> {
  /** The keys that notes can have, for a sentence. */
  readonly keys: string;
  createState(): S;
  readonly inputs: readonly NoteInput<S>[];
}

/** Whether keys of a piano can feed it: of a kind that they are, in the shape which that kind has. */
export function isFedByKeys({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  if (sampleRate !== NOTE_SAMPLE_RATE) return false;
  if (kind === 'note-roll') return dim === NOTE_ROLL_DIM && rateHz === NOTE_SAMPLE_RATE / NOTE_HOP;
  return kind === 'note-partials' && dim === NOTE_PARTIALS_DIM && rateHz === NOTE_SAMPLE_RATE;
}

/** Whether notes can feed it as words, one a key. */
export function isFedByWords({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  if (sampleRate !== NOTE_SAMPLE_RATE || kind !== 'word-steps') return false;
  return dim % WORD_STEPS === 0 && rateHz === NOTE_SAMPLE_RATE / NOTE_HOP;
}

/** Whether the same words can feed it as what the vocal folds do under them. */
export function isFedByWordVoice({ kind, dim, rateHz }: ConditioningInput, sampleRate: number): boolean {
  return (
    kind === 'word-source' &&
    sampleRate === SPEECH_SAMPLE_RATE &&
    rateHz === sampleRate &&
    dim === SPEECH_SOURCE_DIM
  );
}

/** Whether notes can feed it, as whatever. */
export function isFedByNotes(input: ConditioningInput, sampleRate: number): boolean {
  return (
    isFedByKeys(input, sampleRate) || isFedByWords(input, sampleRate) || isFedByWordVoice(input, sampleRate)
  );
}

/** What notes feed of a model: all inputs that keys feed have one state, and so have all that words feed. */
export function noteFeeds(conditioning: readonly ConditioningInput[], sampleRate: number): NoteFeed[] {
  const feeds: NoteFeed[] = [];
  const keyInputs: NoteInput<NoteRoll>[] = [];
  const wordInputs: NoteInput<WordVoice>[] = [];
  const words = conditioning.find((spec) => isFedByWords(spec, sampleRate));
  for (const [input, spec] of conditioning.entries()) {
    if (isFedByKeys(spec, sampleRate)) keyInputs.push(keyInput(input, spec));
    else if (isFedByWords(spec, sampleRate) && spec.dim === words!.dim)
      wordInputs.push(stepsInput(input, spec));
    else if (isFedByWordVoice(spec, sampleRate)) wordInputs.push(sourceInput(input, spec));
  }
  if (words !== undefined) feeds.push(eraseState(wordFeed(words, wordInputs)));
  if (keyInputs.length > 0) {
    const keys = `${LOWEST_PITCH} to ${HIGHEST_PITCH}`;
    feeds.unshift(eraseState({ keys, createState: () => new NoteRoll(), inputs: keyInputs }));
  }
  return feeds;
}

function keyInput(input: number, { kind, dim }: ConditioningInput): NoteInput<NoteRoll> {
  return kind === 'note-roll'
    ? { input, dim, rows: 1, write: (roll, into, at) => roll.writeRoll(into, at) }
    : { input, dim, rows: NOTE_HOP, write: (roll, into, at) => roll.writePartials(into, at) };
}

function stepsInput(input: number, { dim }: ConditioningInput): NoteInput<WordVoice> {
  return { input, dim, rows: 1, write: (voice, into, at) => voice.writeSteps(into, at) };
}

function sourceInput(input: number, { dim }: ConditioningInput): NoteInput<WordVoice> {
  return { input, dim, rows: SPEECH_HOP, write: (voice, into, at) => voice.writeSource(into, at) };
}

/** `words`: the input that says how many there are, and their names. */
function wordFeed(
  { dim, labels }: ConditioningInput,
  inputs: readonly NoteInput<WordVoice>[],
): NoteFeed<WordVoice> {
  const numWords = dim / WORD_STEPS;
  const named = labels === undefined ? '' : ` (${labels.join(', ')})`;
  return {
    keys: `${FIRST_WORD_PITCH} to ${FIRST_WORD_PITCH + numWords - 1}${named}`,
    createState: () => new WordVoice(numWords),
    inputs,
  };
}

/** Whoever holds a feed gives its inputs no states but those which the same feed has made. */
function eraseState<S extends NoteState>(feed: NoteFeed<S>): NoteFeed {
  return feed as unknown as NoteFeed;
}
