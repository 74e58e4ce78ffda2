import { SPEECH_DIM } from '../../models/index.js';
import type { SingerParams } from './singer-params.js';
import { SingerVoice } from './singer-voice.js';

/** How far ahead rows are known, and how many of the past are kept; together the ring. */
const MOST_AHEAD = 400;
const KEPT = 112;
const RING = MOST_AHEAD + KEPT;

/**
 * The rows of a singer, those that have been and those that will be if nobody does anything: a second voice runs ahead of the
 * first for as many rows as are asked for, and begins anew from it when something has happened. Allocates nothing after
 * construction.
 */
export class SingerRows {
  /** The state before row `next`. What happens to it must be told with `forget`. */
  readonly voice = new SingerVoice();
  readonly #ahead = new SingerVoice();
  readonly #ring = new Float32Array(RING * SPEECH_DIM);
  readonly #seed: number;
  readonly #params: SingerParams;
  /** The first row that has not been played; -1 before the first tick. */
  #next = -1;
  /** The first row that was ever played. */
  #first = -1;
  /** Rows up to here are in the ring, and the voice ahead is before this one. */
  #known = -1;

  constructor(seed: number, params: SingerParams) {
    this.#seed = seed;
    this.#params = params;
  }

  get next(): number {
    return this.#next;
  }

  /** A tick whose first row is `first`: that after the last one, unless the frames of the engine have jumped. */
  begin(first: number): void {
    if (first === this.#next) return;
    this.#first = this.#next = this.#known = first;
    this.#ahead.copyFrom(this.voice);
  }

  /** What has been known of rows from `next` on is not so any more. */
  forget(): void {
    this.#known = this.#next;
  }

  /** Plays row `next` to `into[at..)`. */
  play(into: Float32Array, at: number): void {
    this.voice.write(this.#next, this.#params.at(this.#next), this.#seed, into, at);
    const to = (this.#next % RING) * SPEECH_DIM;
    for (let i = 0; i < SPEECH_DIM; i++) this.#ring[to + i] = into[at + i]!;
    this.#next++;
    if (this.#known < this.#next) this.#known = this.#next;
  }

  /** Row `asked` as it was or will be, or the first one where that is later, to `out[0..43)`; false when that is not known. */
  rowAt(asked: number, out: Float32Array): boolean {
    const index = Math.max(asked, this.#first);
    if (index < this.#next - KEPT || index >= this.#next + MOST_AHEAD) return false;
    if (this.#known === this.#next) this.#ahead.copyFrom(this.voice);
    while (this.#known <= index) {
      const values = this.#params.ahead(this.#known);
      if (values === undefined) return false;
      this.#ahead.write(this.#known, values, this.#seed, this.#ring, (this.#known % RING) * SPEECH_DIM);
      this.#known++;
    }
    const from = (index % RING) * SPEECH_DIM;
    for (let i = 0; i < SPEECH_DIM; i++) out[i] = this.#ring[from + i]!;
    return true;
  }
}
