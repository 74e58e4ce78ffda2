import {
  condFrameAt,
  type EventBlock,
  maxCondFrames,
  type NodeContext,
  type Tick,
} from '../../graph/index.js';
import { PHONES, SPEECH_DIM } from '../../models/index.js';
import { heldVowel, type PhonePlan, type Syllable, VOWELS, type Vowel, wholeOf } from './phone-text.js';
import { type ParamView, SingerParams, type singerParams, type speakerNames } from './singer-params.js';
import { SingerRows } from './singer-rows.js';
import { SPEECH_RATE_HZ } from './singer-voice.js';
import { SungNotes, type Syllables } from './sung-notes.js';

const ROW_MS = 1000 / SPEECH_RATE_HZ;

/** What every node that sings has in common. */
export const singingPorts = {
  inputs: { notes: { kind: 'event', optional: true, label: 'Notes to sing, one at a time' } },
  outputs: { speech: { kind: 'cond', dim: SPEECH_DIM, rateHz: SPEECH_RATE_HZ } },
} as const;

export interface SingingOptions {
  /** Params that rows hang on; left out: those of a singer. */
  readonly names?: typeof speakerNames;
  /** How long notes wait, so that consonants can come before them. */
  readonly leadMs?: number;
  /** What notes sing while it gives something; else the vowel of the param. */
  readonly syllables?: Syllables & { readonly isEmpty: boolean };
}

type Context = Pick<
  NodeContext<typeof singerParams>,
  'maxBlockFrames' | 'sampleRate' | 'seed' | 'warn' | 'foreseeRows'
> & { readonly params: ParamView & { get(name: 'vowel'): Vowel } };

/**
 * A voice of a node: its rows tick by tick, and ahead of it. Everything counts from the next row on, by the engine frame that it
 * has: so the rows are the same at any block size. On the audio path; allocates nothing after construction.
 */
export class Singing {
  readonly #ctx: Context;
  readonly #params: SingerParams;
  readonly #rows: SingerRows;
  readonly #notes: SungNotes;
  readonly #syllables: SingingOptions['syllables'];
  readonly #vowels: readonly Syllable[] = VOWELS.map((vowel) => wholeOf(heldVowel(vowel)));
  readonly #data: Float32Array;
  readonly #result: { speech: { data: Float32Array; dim: number; numFrames: number } };
  #vowel: Vowel;

  constructor(ctx: Context, { names, leadMs = 0, syllables }: SingingOptions = {}) {
    this.#ctx = ctx;
    this.#params = new SingerParams(ctx.params, ctx.sampleRate, names);
    this.#rows = new SingerRows(ctx.seed, this.#params);
    this.#syllables = syllables;
    this.#vowel = ctx.params.get('vowel');
    this.#notes = new SungNotes(
      this.#rows,
      this.#params,
      Math.round(leadMs / ROW_MS),
      {
        peek: (voice) => (this.#hasSyllables ? syllables!.peek(voice) : this.#held),
        take: () => {
          if (this.#hasSyllables) syllables!.take();
        },
      },
      {
        onOutOfRange: (pitch) =>
          ctx.warn('NODE_SINGER_RANGE', `note ${pitch} is beyond the voice, which goes from 60 to 600 Hz`),
        onFull: () => ctx.warn('NODE_QUEUE_FULL', 'too many notes wait to be sung: one was left out'),
      },
    );
    this.#data = new Float32Array(
      SPEECH_DIM * maxCondFrames(ctx.maxBlockFrames, SPEECH_RATE_HZ, ctx.sampleRate),
    );
    this.#result = { speech: { data: this.#data, dim: SPEECH_DIM, numFrames: 0 } };
    ctx.foreseeRows('speech', (index, out) => this.#rows.rowAt(index, out));
  }

  /** Says a plan, now. */
  say(plan: PhonePlan): void {
    this.#rows.voice.say(plan);
    this.#rows.forget();
  }

  /** Falls silent and forgets all notes. */
  stop(): void {
    this.#notes.clear();
    this.#rows.voice.stop();
    this.#rows.forget();
  }

  /** The rows of a tick, borrowed. */
  write({ startFrame, numFrames }: Tick, notes: EventBlock): Singing['result'] {
    const first = this.#rowAt(startFrame);
    const end = this.#rowAt(startFrame + numFrames);
    if (this.#params.haveMoved()) this.#rows.forget();
    this.#rows.begin(first);
    this.#followVowel(this.#ctx.params.get('vowel'));
    let heard = 0;
    for (let row = first; row <= end; row++) {
      while (heard < notes.count && this.#rowAt(startFrame + notes.events[heard]!.frameOffset) <= row) {
        this.#notes.hear(notes, heard++, row);
      }
      this.#notes.play();
      if (row < end) this.#rows.play(this.#data, (row - first) * SPEECH_DIM);
    }
    this.#result.speech.numFrames = end - first;
    return this.#result;
  }

  /** Of the last tick. */
  get result(): { readonly speech: { data: Float32Array; dim: number; numFrames: number } } {
    return this.#result;
  }

  get #hasSyllables(): boolean {
    return this.#syllables !== undefined && !this.#syllables.isEmpty;
  }

  get #held(): Syllable {
    return this.#vowels[VOWELS.indexOf(this.#vowel)]!;
  }

  #rowAt(frame: number): number {
    return condFrameAt(frame, SPEECH_RATE_HZ, this.#ctx.sampleRate);
  }

  #followVowel(name: Vowel): void {
    if (name === this.#vowel) return;
    this.#vowel = name;
    if (this.#hasSyllables) return;
    this.#rows.voice.changeVowel(PHONES.indexOf(name));
    this.#rows.forget();
  }
}
