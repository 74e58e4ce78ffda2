/**
 * Words and what the vocal folds do under them, docs/conditioning.md: the twin of `pitch_rows` in
 * models/training/word_steps.py, which the models were trained with, so nothing here may change without it.
 */
import type { NoteState } from './note-state.js';
import {
  PHONES,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_OCTAVES,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechOctaves,
} from './speech-rows.js';
import { WordSteps } from './word-steps.js';

const SILENT = PHONES.indexOf('pau');
const VOICED = PHONES.indexOf('aa');

/** `WordSteps`, and the source of the voice that says them: voiced through all of a word, at the pitch of that word. */
export class WordVoice implements NoteState {
  readonly #steps: WordSteps;
  /** At the beginning of this frame. */
  readonly #source = new SpeechSource();
  readonly #written = new SpeechSource();
  /** The row of `speech` under which the source is that of this frame. */
  readonly #row = new Float32Array(SPEECH_DIM);
  readonly #unheard = new Float32Array(SPEECH_HOP * SPEECH_SOURCE_DIM);

  constructor(numWords: number) {
    this.#steps = new WordSteps(numWords);
  }

  hasKey(pitch: number): boolean {
    return this.#steps.hasKey(pitch);
  }

  noteOn(pitch: number, velocity: number): void {
    this.#steps.noteOn(pitch, velocity);
  }

  noteOff(pitch: number): void {
    this.#steps.noteOff(pitch);
  }

  pedal(): void {}

  allNotesOff(): void {
    this.#steps.allNotesOff();
  }

  copyFrom(other: this): void {
    this.#steps.copyFrom(other.#steps);
    this.#source.copyFrom(other.#source);
  }

  /** Writes the 12 values of each word in this frame to `into[at..)`. */
  writeSteps(into: Float32Array, at: number): void {
    this.#steps.write(into, at);
  }

  /** Writes the source (64, 17) of this frame to `into[at..)`. */
  writeSource(into: Float32Array, at: number): void {
    this.#written.copyFrom(this.#source);
    this.#written.write(this.#speechRow(), 0, into, at);
  }

  advance(): void {
    this.#source.write(this.#speechRow(), 0, this.#unheard, 0);
    this.#steps.advance();
  }

  #speechRow(): Float32Array {
    const { pitchHz } = this.#steps;
    const isSounding = pitchHz > 0;
    this.#row[SILENT] = isSounding ? 0 : 1;
    this.#row[VOICED] = isSounding ? 1 : 0;
    this.#row[SPEECH_OCTAVES] = isSounding ? speechOctaves(pitchHz) : 0;
    return this.#row;
  }
}
