import { hashRandom } from '../dsp/hash-random.js';
import { MOST_MIDI } from './keyboard.js';
import type { NoteQueue } from './note-queue.js';
import { Playhead } from './playhead.js';
import { LONGEST_GATE, REST, type Step } from './step-pattern.js';

/** A note that sounds, and where it ends, in steps. */
interface Sounding {
  isOn: boolean;
  end: number;
  pitch: number;
  id: number;
}

/** How steps are played; read at each of them. */
export interface StepStyle {
  /** 0 to below 1: by how much of a step every second one is late. */
  swing: number;
  /** Length of a note, in steps. */
  gate: number;
  semitones: number;
}

/**
 * Plays a pattern round and round into a queue, each step at the frame nearest to its time. Whether a step is played is
 * drawn by its number since the beginning, so it is the same however time is cut. On the audio path; allocates nothing
 * after construction, but the steps that it is given.
 */
export class StepPlayer {
  readonly style: StepStyle = { swing: 0, gate: 1, semitones: 0 };
  readonly #seed: number;
  readonly #queue: NoteQueue;
  readonly #playhead = new Playhead();
  #steps: readonly Step[] = [];
  /** The next step since the beginning of the pattern, and how many have been drawn at all. */
  #next = 0;
  #draws = 0;
  /** In steps: nothing from here on is played yet. */
  #limit = Number.POSITIVE_INFINITY;
  readonly #sounding: Sounding[] = Array.from({ length: 4 * LONGEST_GATE }, () => ({
    isOn: false,
    end: 0,
    pitch: 0,
    id: 0,
  }));
  #lastId = 0;

  constructor(seed: number, queue: NoteQueue) {
    this.#seed = seed;
    this.#queue = queue;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Goes on at the same place, in the new ones. */
  set steps(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** The first step is due at `frame`. What sounds ends where it would, or is let go. */
  restart(frame: number, offset: number): void {
    this.release(offset);
    this.#next = 0;
    this.#playhead.jump(frame, 0);
  }

  /** Steps per frame, from `frame` on; 0 holds. */
  setSpeed(frame: number, stepsPerFrame: number): void {
    this.#playhead.setSpeed(frame, stepsPerFrame);
  }

  /** At `frame` it is at `position`, for who has a clock of their own; nothing from `limit` on is played. */
  place(frame: number, position: number, limit: number): void {
    this.#playhead.jump(frame, position);
    this.#limit = limit;
  }

  /** Everything before `endFrame`, in the tick that begins at `startFrame`. False when there was no room: the rest comes later. */
  playUpTo(endFrame: number, startFrame: number): boolean {
    for (;;) {
      const ending = this.#firstEnding();
      const endingFrame = ending === undefined ? Number.POSITIVE_INFINITY : this.#frameOf(ending.end);
      const onset = this.#next + (this.#next % 2 === 1 ? this.style.swing : 0);
      const onsetFrame = this.#frameOf(onset);
      const frame = Math.min(endingFrame, onsetFrame);
      if (frame >= endFrame) return true;
      const offset = Math.max(0, frame - startFrame);
      if (ending !== undefined && endingFrame <= onsetFrame) {
        if (!this.#letGo(ending, offset)) return false;
      } else if (!this.#strike(onset, offset)) {
        return false;
      }
    }
  }

  /** Lets go of everything that sounds. */
  release(offset: number): void {
    for (let i = 0; i < this.#sounding.length; i++) {
      if (this.#sounding[i]!.isOn && !this.#letGo(this.#sounding[i]!, offset)) {
        // Only where a tick is full of notes; this always finds room.
        this.#queue.push('all-notes-off', 0, 0, 0, offset);
        this.#sounding[i]!.isOn = false;
      }
    }
  }

  #frameOf(position: number): number {
    return position < this.#limit ? this.#playhead.frameOf(position) : Number.POSITIVE_INFINITY;
  }

  #firstEnding(): Sounding | undefined {
    let first: Sounding | undefined;
    for (let i = 0; i < this.#sounding.length; i++) {
      const note = this.#sounding[i]!;
      if (note.isOn && (first === undefined || note.end < first.end)) first = note;
    }
    return first;
  }

  /** The next step. False when there was no room for it. */
  #strike(onset: number, offset: number): boolean {
    const step = this.#steps.length === 0 ? REST : this.#steps[this.#next % this.#steps.length]!;
    if (step.velocity > 0 && hashRandom(this.#seed, this.#draws) < step.probability) {
      const pitch = step.pitch + this.style.semitones;
      const note = this.#placeFor(pitch);
      // A key that is down is let go before it is struck again.
      if (note.isOn && !this.#letGo(note, offset)) return false;
      const velocity = step.velocity / MOST_MIDI;
      if (!this.#queue.push('note-on', pitch, velocity, this.#lastId + 1, offset)) return false;
      note.isOn = true;
      note.pitch = pitch;
      note.id = ++this.#lastId;
      note.end = onset + Math.min(LONGEST_GATE, step.gate * this.style.gate);
    }
    this.#draws++;
    this.#next++;
    return true;
  }

  /** The note of this key if it sounds, else a free place; there are more of those than steps in the longest note. */
  #placeFor(pitch: number): Sounding {
    let free = this.#sounding[0]!;
    for (let i = 0; i < this.#sounding.length; i++) {
      const note = this.#sounding[i]!;
      if (note.isOn && note.pitch === pitch) return note;
      if (!note.isOn) free = note;
    }
    return free;
  }

  #letGo(note: Sounding, offset: number): boolean {
    if (!this.#queue.push('note-off', note.pitch, 0, note.id, offset)) return false;
    note.isOn = false;
    return true;
  }
}
