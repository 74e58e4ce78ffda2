/**
 * Which word sounds and how far it is, docs/conditioning.md: the twin of models/training/word_steps.py, which the
 * models were trained with, so nothing here may change without it.
 */
import type { NoteState } from './note-state.js';

/** The key that plays the first word. */
export const FIRST_WORD_PITCH = 60;
/** Values of a word. */
export const WORD_STEPS = 12;
/** Frames of 64 samples from one step to the next. */
const STEP_FRAMES = 25;
/** No word is longer. */
export const WORD_FRAMES = WORD_STEPS * STEP_FRAMES;

/** At which words begin, by how hard their key is struck; and frames in which the voice falls by an octave. */
const LOWEST_HZ = 90;
const HIGHEST_HZ = 240;
const FALL_FRAMES = 1000;

const NO_WORD = -1;

/** The word that sounds, if any, at the beginning of one frame of 64 samples. A new word replaces the old one. */
export class WordSteps implements NoteState {
  #word = NO_WORD;
  /** Frames since it began. */
  #frames = 0;
  /** Of the last word, at its beginning. */
  #firstHz = LOWEST_HZ;

  constructor(readonly numWords: number) {}

  hasKey(pitch: number): boolean {
    return pitch >= FIRST_WORD_PITCH && pitch < FIRST_WORD_PITCH + this.numWords;
  }

  /** The word begins in this frame; the harder the key is struck, 0 to 1, the higher it is said. */
  noteOn(pitch: number, velocity: number): void {
    this.#word = pitch - FIRST_WORD_PITCH;
    this.#frames = 0;
    this.#firstHz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** velocity;
  }

  /** f0 at the beginning of this frame; 0 when no word sounds. */
  get pitchHz(): number {
    return this.#word === NO_WORD ? 0 : this.#firstHz * 2 ** (-this.#frames / FALL_FRAMES);
  }

  /** Of a word that another one has replaced it changes nothing. */
  noteOff(pitch: number): void {
    if (this.#word === pitch - FIRST_WORD_PITCH) this.#word = NO_WORD;
  }

  /** Words have none. */
  pedal(): void {}

  allNotesOff(): void {
    this.#word = NO_WORD;
  }

  copyFrom(other: this): void {
    this.#word = other.#word;
    this.#frames = other.#frames;
    this.#firstHz = other.#firstHz;
  }

  /** Writes the 12 values of each word in this frame to `into[at..)`. */
  write(into: Float32Array, at: number): void {
    into.fill(0, at, at + this.numWords * WORD_STEPS);
    if (this.#word === NO_WORD) return;
    const place = this.#frames / STEP_FRAMES;
    const step = Math.floor(place);
    const first = at + this.#word * WORD_STEPS;
    into[first + step] = 1 - (place - step);
    if (step + 1 < WORD_STEPS) into[first + step + 1] = 1 - (step + 1 - place);
  }

  advance(): void {
    if (this.#word === NO_WORD) return;
    this.#frames++;
    if (this.#frames === WORD_FRAMES) this.#word = NO_WORD;
  }
}
