import type { EventBlock } from '../../graph/index.js';
import type { Syllable } from './phone-text.js';
import type { SingerParams } from './singer-params.js';
import type { SingerRows } from './singer-rows.js';
import type { SingerVoice } from './singer-voice.js';

/** Of what waits for its row. From `NOTES_UP_TO` on notes are refused, so that there is room for letting go. */
const CAPACITY = 1024;
const NOTES_UP_TO = 768;
/** Half of the blend from what was there before, by which the first phone of a syllable comes late. */
const BLEND_IN_ROWS = 5;

const ON = 0;
const OFF = 1;
const ALL_OFF = 2;
const BEND = 3;
const kinds: Readonly<Record<string, number>> = {
  'note-on': ON,
  'note-off': OFF,
  'all-notes-off': ALL_OFF,
  bend: BEND,
};

/** Where the syllables of notes come from. On the audio path; allocates nothing. */
export interface Syllables {
  /** What the next note would sing if it began now; borrowed until the next call. */
  peek(voice: SingerVoice): Syllable;
  /** It has begun. */
  take(): void;
}

/** What goes wrong, for a performer. */
export interface SungNotesTold {
  /** The note lies beyond the range of the voice. */
  onOutOfRange(pitch: number): void;
  /** There was no room for it. */
  onFull(): void;
}

/**
 * Notes to a voice: each comes in its row, or `leadRows` after it, so that what a syllable has before its vowel can be said before
 * that and the vowel falls on the note. A syllable that takes longer begins at once, and its vowel comes late by what is missing.
 * On the audio path; allocates nothing after construction.
 */
export class SungNotes {
  readonly #rows: SingerRows;
  readonly #params: SingerParams;
  readonly #leadRows: number;
  readonly #syllables: Syllables;
  readonly #told: SungNotesTold;
  readonly #kind = new Uint8Array(CAPACITY);
  readonly #row = new Float64Array(CAPACITY);
  readonly #pitch = new Float64Array(CAPACITY);
  readonly #force = new Float64Array(CAPACITY);
  /** Events [first, end), at their number % CAPACITY; syllables of those before #begun have begun. */
  #first = 0;
  #begun = 0;
  #end = 0;

  constructor(
    rows: SingerRows,
    params: SingerParams,
    leadRows: number,
    syllables: Syllables,
    told: SungNotesTold,
  ) {
    this.#rows = rows;
    this.#params = params;
    this.#leadRows = leadRows;
    this.#syllables = syllables;
    this.#told = told;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#first = this.#begun = this.#end;
  }

  /** Event `index` of `notes`, which counts from row `row` on. */
  hear({ events }: EventBlock, index: number, row: number): void {
    const { type, pitch, velocity } = events[index]!;
    const kind = kinds[type];
    if (kind === undefined) return;
    const beat = row + this.#leadRows;
    if (kind === BEND && this.#replaceBend(beat, velocity)) return;
    const room = kind === ON ? NOTES_UP_TO : CAPACITY;
    if (this.#end - this.#first >= room) {
      this.#told.onFull();
      return;
    }
    const at = this.#end++ % CAPACITY;
    this.#kind[at] = kind;
    this.#row[at] = beat;
    this.#pitch[at] = pitch;
    this.#force[at] = velocity;
    if (kind === ON && !this.#params.canSing(pitch)) this.#told.onOutOfRange(pitch);
  }

  /** All that counts from row `rows.next` on. */
  play(): void {
    if (this.#first === this.#end) return;
    const row = this.#rows.next;
    this.#begin(row);
    while (this.#first < this.#end && this.#row[this.#first % CAPACITY]! <= row) {
      this.#apply(this.#first % CAPACITY, row);
      this.#first++;
      this.#rows.forget();
    }
  }

  #begin(row: number): void {
    const { voice } = this.#rows;
    for (; this.#begun < this.#end; this.#begun++) {
      const at = this.#begun % CAPACITY;
      if (this.#kind[at] !== ON) continue;
      const syllable = this.#syllables.peek(voice);
      if (row < this.#row[at]! - rowsBeforeVowel(syllable)) return;
      if (voice.articulate(this.#pitch[at]!, Math.min(1, this.#force[at]!), syllable)) this.#syllables.take();
      this.#rows.forget();
    }
  }

  #apply(at: number, row: number): void {
    const { voice } = this.#rows;
    const { glideRows, releaseRows } = this.#params.at(row);
    const pitch = this.#pitch[at]!;
    const kind = this.#kind[at]!;
    if (kind === ON) voice.noteOn(pitch, Math.min(1, this.#force[at]!), glideRows);
    else if (kind === OFF) voice.noteOff(pitch, glideRows, releaseRows);
    else if (kind === BEND) voice.bend(this.#force[at]!);
    else voice.allNotesOff(releaseRows);
  }

  /** Of the bends of one row, with nothing between them, the last one counts. */
  #replaceBend(beat: number, position: number): boolean {
    if (this.#first === this.#end) return false;
    const last = (this.#end - 1) % CAPACITY;
    if (this.#kind[last] !== BEND || this.#row[last] !== beat) return false;
    this.#force[last] = position;
    return true;
  }
}

function rowsBeforeVowel({ plan, from, held }: Syllable): number {
  let rows = BLEND_IN_ROWS;
  for (let i = from; i < held; i++) rows += plan.rows[i]!;
  return rows;
}
