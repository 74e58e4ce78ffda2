/**
 * Keys and pedal as a model hears them, docs/conditioning.md: the twin of models/training/note_roll.py, which the
 * models were trained with, so nothing here may change without it.
 */
import type { NoteState } from './note-state.js';

export const LOWEST_PITCH = 21;
export const HIGHEST_PITCH = 108;
const KEYS = HIGHEST_PITCH - LOWEST_PITCH + 1;

/** Hz of the model that it is defined for, and samples per frame. */
export const NOTE_SAMPLE_RATE = 16_000;
export const NOTE_HOP = 64;
/** Levels of the keys, their onsets, the pedal, how many keys sound. */
export const NOTE_ROLL_DIM = 2 * KEYS + 2;
const PARTIALS = 8;
/** Sine and cosine of each partial. */
export const NOTE_PARTIALS_DIM = 2 * PARTIALS;

/** Partials above are left out. */
const MOST_PARTIAL_HZ = 7200;
const RELEASE_SECONDS = 0.06;
/** Below this a key is silent. */
const LEAST_LEVEL = 1e-4;
/** Above this a key counts as one that sounds. */
const COUNTED_LEVEL = 0.02;

const HELD = 1;
const RELEASING = 2;

/** Of a key that is held or pedalled. */
function decaySeconds(pitch: number): number {
  return 3 * 2 ** (-(pitch - 60) / 18);
}

/** B in f_p = p f_0 sqrt(1 + B p^2): how far the partials of a string lie above whole multiples of its pitch. */
function inharmonicity(pitch: number): number {
  return Math.min(2.2e-4 * Math.exp(0.096 * (pitch - 57)), 2e-3);
}

function partialHz(pitch: number, p: number): number {
  return p * 440 * 2 ** ((pitch - 69) / 12) * Math.sqrt(1 + inharmonicity(pitch) * p * p);
}

/** What does not change: decays and turns per key and partial. Shared by all rolls. */
class KeyTables {
  /** (2, KEYS): what is left of a level after a frame; first of a key that sounds on, then of one that is released. */
  readonly frameDecay = new Float64Array(2 * KEYS);
  /** (2, KEYS, PARTIALS, 2): decay and turn of one sample, as a complex number. */
  readonly sampleTurn = new Float64Array(2 * KEYS * NOTE_PARTIALS_DIM);
  /** (KEYS, PARTIALS, 2): turn of one frame. */
  readonly frameTurn = new Float64Array(KEYS * NOTE_PARTIALS_DIM);
  readonly numPartials = new Uint8Array(KEYS);

  constructor() {
    for (let key = 0; key < KEYS; key++) {
      const pitch = key + LOWEST_PITCH;
      for (const [state, tau] of [decaySeconds(pitch), RELEASE_SECONDS].entries()) {
        this.frameDecay[state * KEYS + key] = Math.exp(-NOTE_HOP / NOTE_SAMPLE_RATE / tau);
      }
      for (let p = 1; p <= PARTIALS && partialHz(pitch, p) <= MOST_PARTIAL_HZ; p++) {
        this.#addPartial(key, p, (2 * Math.PI * partialHz(pitch, p)) / NOTE_SAMPLE_RATE);
      }
    }
  }

  /** `angle` in radians per sample. */
  #addPartial(key: number, p: number, angle: number): void {
    this.numPartials[key] = p;
    const at = key * NOTE_PARTIALS_DIM + 2 * (p - 1);
    this.frameTurn[at] = Math.cos(NOTE_HOP * angle);
    this.frameTurn[at + 1] = Math.sin(NOTE_HOP * angle);
    for (let state = 0; state < 2; state++) {
      const decay = this.frameDecay[state * KEYS + key]! ** (1 / NOTE_HOP);
      this.sampleTurn[state * KEYS * NOTE_PARTIALS_DIM + at] = decay * Math.cos(angle);
      this.sampleTurn[state * KEYS * NOTE_PARTIALS_DIM + at + 1] = decay * Math.sin(angle);
    }
  }
}

let sharedTables: KeyTables | undefined;

/** The state of all keys at the beginning of one frame of 64 samples, float64: the same values bit for bit, also from a copy. */
export class NoteRoll implements NoteState {
  readonly #tables: KeyTables;
  readonly #levels = new Float64Array(KEYS);
  readonly #onsets = new Float64Array(KEYS);
  readonly #flags = new Uint8Array(KEYS);
  /** (KEYS, PARTIALS, 2): cosine and sine of the phase at the beginning of the frame; 0 where a partial is left out. */
  readonly #phasors = new Float64Array(KEYS * NOTE_PARTIALS_DIM);
  /** (64, 16) of one frame. */
  readonly #sum = new Float64Array(NOTE_HOP * NOTE_PARTIALS_DIM);
  #isPedalDown = false;

  constructor() {
    sharedTables ??= new KeyTables();
    this.#tables = sharedTables;
  }

  /** Whether there is a key for this whole pitch. */
  static hasKey(pitch: number): boolean {
    return pitch >= LOWEST_PITCH && pitch <= HIGHEST_PITCH;
  }

  hasKey(pitch: number): boolean {
    return NoteRoll.hasKey(pitch);
  }

  /** `pitch` is a whole MIDI key number that `hasKey`, here and below; `velocity` above 0 to 1. */
  noteOn(pitch: number, velocity: number): void {
    const key = pitch - LOWEST_PITCH;
    this.#levels[key] = velocity;
    this.#onsets[key] = velocity;
    this.#flags[key] = HELD;
    const count = this.#tables.numPartials[key]!;
    const at = key * NOTE_PARTIALS_DIM;
    for (let p = 0; p < PARTIALS; p++) {
      this.#phasors[at + 2 * p] = p < count ? 1 : 0;
      this.#phasors[at + 2 * p + 1] = 0;
    }
  }

  /** Of a key that is not held it changes nothing but that, with the pedal up, it is damped. */
  noteOff(pitch: number): void {
    const key = pitch - LOWEST_PITCH;
    if (this.#isPedalDown) this.#flags[key] = this.#flags[key]! & ~HELD;
    else this.#flags[key] = RELEASING;
  }

  pedal(isDown: boolean): void {
    this.#isPedalDown = isDown;
    if (isDown) return;
    for (let key = 0; key < KEYS; key++) {
      if ((this.#flags[key]! & HELD) === 0) this.#flags[key] = RELEASING;
    }
  }

  /** Every key is let go and the pedal goes up. */
  allNotesOff(): void {
    this.#flags.fill(RELEASING);
    this.#isPedalDown = false;
  }

  /** The same state, from here on. */
  copyFrom(other: this): void {
    this.#levels.set(other.#levels);
    this.#onsets.set(other.#onsets);
    this.#flags.set(other.#flags);
    this.#phasors.set(other.#phasors);
    this.#isPedalDown = other.#isPedalDown;
  }

  /** Writes the 178 values of this frame to `into[at..)`. */
  writeRoll(into: Float32Array, at: number): void {
    let counted = 0;
    for (let key = 0; key < KEYS; key++) {
      const level = this.#levels[key]!;
      into[at + key] = level;
      into[at + KEYS + key] = this.#onsets[key]!;
      if (level > COUNTED_LEVEL) counted++;
    }
    into[at + 2 * KEYS] = this.#isPedalDown ? 1 : 0;
    into[at + 2 * KEYS + 1] = counted / 10;
  }

  /** Writes the partials of this frame's samples (64, 16) to `into[at..)`. */
  writePartials(into: Float32Array, at: number): void {
    const sum = this.#sum;
    sum.fill(0);
    for (let key = 0; key < KEYS; key++) if (this.#levels[key]! > 0) this.#addKey(key);
    for (let i = 0; i < sum.length; i++) into[at + i] = sum[i]!;
  }

  /** To the beginning of the next frame. */
  advance(): void {
    const { frameDecay, frameTurn, numPartials } = this.#tables;
    for (let key = 0; key < KEYS; key++) {
      const level = this.#levels[key]!;
      if (level === 0 && this.#flags[key]! === 0) continue;
      this.#onsets[key] = 0;
      const left = level * frameDecay[this.#isReleasing(key) * KEYS + key]!;
      if (left < LEAST_LEVEL) {
        this.#levels[key] = 0;
        this.#flags[key] = this.#flags[key]! & HELD;
        continue;
      }
      this.#levels[key] = left;
      const end = key * NOTE_PARTIALS_DIM + 2 * numPartials[key]!;
      for (let at = key * NOTE_PARTIALS_DIM; at < end; at += 2) {
        const x = this.#phasors[at]!;
        const y = this.#phasors[at + 1]!;
        const cos = frameTurn[at]!;
        const sin = frameTurn[at + 1]!;
        this.#phasors[at] = x * cos - y * sin;
        this.#phasors[at + 1] = x * sin + y * cos;
      }
    }
  }

  #isReleasing(key: number): number {
    return (this.#flags[key]! & RELEASING) === 0 ? 0 : 1;
  }

  /** Two partials at once: one alone would wait for its own last step. */
  #addKey(key: number): void {
    const { sampleTurn, numPartials } = this.#tables;
    const sum = this.#sum;
    const level = this.#levels[key]!;
    const phasorsAt = key * NOTE_PARTIALS_DIM;
    const turnsAt = (this.#isReleasing(key) * KEYS + key) * NOTE_PARTIALS_DIM;
    const end = 2 * numPartials[key]!;
    for (let p = 0; p < end; p += 4) {
      let x0 = level * this.#phasors[phasorsAt + p]!;
      let y0 = level * this.#phasors[phasorsAt + p + 1]!;
      let x1 = level * this.#phasors[phasorsAt + p + 2]!;
      let y1 = level * this.#phasors[phasorsAt + p + 3]!;
      const cos0 = sampleTurn[turnsAt + p]!;
      const sin0 = sampleTurn[turnsAt + p + 1]!;
      const cos1 = sampleTurn[turnsAt + p + 2]!;
      const sin1 = sampleTurn[turnsAt + p + 3]!;
      for (let at = p; at < sum.length; at += NOTE_PARTIALS_DIM) {
        sum[at] = sum[at]! + y0;
        sum[at + 1] = sum[at + 1]! + x0;
        sum[at + 2] = sum[at + 2]! + y1;
        sum[at + 3] = sum[at + 3]! + x1;
        const next0 = x0 * cos0 - y0 * sin0;
        y0 = x0 * sin0 + y0 * cos0;
        x0 = next0;
        const next1 = x1 * cos1 - y1 * sin1;
        y1 = x1 * sin1 + y1 * cos1;
        x1 = next1;
      }
    }
  }
}
