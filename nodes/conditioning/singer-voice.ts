import { SPEECH_LOUDNESS, SPEECH_OCTAVES, speechOctaves } from '../../models/index.js';
import { lfoValue } from '../dsp/lfo-shapes.js';
import { type PhonePlan, type Syllable, wholeOf } from './phone-text.js';
import { PhoneTrack } from './phone-track.js';

/** Rows of `speech` per second. */
export const SPEECH_RATE_HZ = 250;
/** Keys that are remembered while others are held. */
const MOST_KEYS = 32;
/** Hz at which a pitch drifts about. */
const DRIFT_HZ = 0.9;
/** Most that the param of loudness moves a row: 20 ms from silent to full. */
const GAIN_STEP = 0.2;
/** Most that a pitch wheel moves a row: 16 ms from its rest to its end. */
const WHEEL_STEP = 0.25;
/** Over which a late vibrato comes in: 300 ms. */
const VIBRATO_RISE_ROWS = 75;

/** What the params of a singer are in one row. Rewritten in place by whoever writes rows. */
export interface SingerValues {
  loudness: number;
  /** Without a note. */
  pitchHz: number;
  transposeSemitones: number;
  vibratoHz: number;
  vibratoCents: number;
  driftCents: number;
  /** Of a note, before its vibrato begins; 0: it is there at once. */
  vibratoDelayRows: number;
  /** Of the pitch wheel, to each side. */
  bendSemitones: number;
  /** How fast phones that are said follow each other, 1 as they were told. */
  rate: number;
  /** Times what a spoken pitch moves. */
  pitchRange: number;
  /** Of 4 ms; 1 or more each, but the glide, which may be 0. */
  attackRows: number;
  releaseRows: number;
  glideRows: number;
}

/**
 * One voice that sings notes and says phones: the state at the beginning of a row of `speech`. Notes and phones come at the
 * beginning of a row; then `write` writes it and goes on to the next. The same calls give the same rows, bit for bit, also
 * from a copy. Nothing allocates after construction.
 */
export class SingerVoice {
  readonly #track = new PhoneTrack();
  /** MIDI key numbers that are held, the last one sounds. */
  readonly #keys = new Float64Array(MOST_KEYS);
  #numKeys = 0;
  #hasNote = false;
  /** Syllables that have begun before their note. */
  #awaited = 0;
  /** MIDI key numbers. */
  #glideFrom = 0;
  #glideTo = 0;
  #glideAt = 0;
  #glideRows = 0;
  /** MIDI key number of the last row, before transposition and vibrato. */
  #pitch = Number.NaN;
  /** Whether phones are said that were told: notes do not replace them. */
  #isSaying = false;
  /** What the envelope rises to, of its loudness, 0 to 1. */
  #level = 0;
  #envelope = 0;
  /** The param of loudness, slowed down; NaN before the first row. */
  #gain = Number.NaN;
  #vibratoCycles = 0;
  /** Since the last note began. */
  #noteRows = 0;
  /** The pitch wheel, -1 to 1, and how far the pitch has followed it. */
  #wheel = 0;
  #bent = 0;

  get isSaying(): boolean {
    return this.#isSaying;
  }

  /** Whether a syllable of this plan is held, or will be, until it is let go. */
  isHolding(plan: PhonePlan): boolean {
    return this.#track.isHolding(plan);
  }

  /**
   * Begins the syllable of a note, which `noteOn` must follow, in this row or later; false when something else is said.
   * `pitch` is a MIDI key number, fractional allowed; `velocity` above 0 to 1.
   */
  articulate(pitch: number, velocity: number, syllable: Syllable): boolean {
    this.#awaited++;
    if (this.#isSaying) return false;
    if (this.#numKeys === 0) {
      if (this.#envelope === 0) this.#glide(pitch, 0);
      this.#level = Math.sqrt(velocity);
    }
    this.#track.say(syllable);
    return true;
  }

  /** After `articulate`: the note itself. Its pitch glides over `glideRows` from one that sounds. */
  noteOn(pitch: number, velocity: number, glideRows: number): void {
    this.#awaited--;
    this.#noteRows = 0;
    this.#forget(pitch);
    if (this.#numKeys === MOST_KEYS) this.#forget(this.#keys[0]!);
    this.#keys[this.#numKeys++] = pitch;
    this.#glide(pitch, glideRows);
    this.#level = Math.sqrt(velocity);
  }

  /** -1 to 1. */
  bend(position: number): void {
    this.#wheel = position;
  }

  /** The key before it sounds again; without one the syllable ends. */
  noteOff(pitch: number, glideRows: number, releaseRows: number): void {
    const before = this.#numKeys;
    this.#forget(pitch);
    if (this.#numKeys === before) return;
    if (this.#numKeys > 0) this.#glide(this.#keys[this.#numKeys - 1]!, glideRows);
    else this.#letGo(releaseRows);
  }

  allNotesOff(releaseRows: number): void {
    this.#numKeys = 0;
    this.#letGo(releaseRows);
  }

  /** Says phones, now. */
  say(plan: PhonePlan): void {
    if (this.#numKeys === 0) {
      this.#level = 1;
      if (plan.prosody !== undefined) this.#hasNote = false;
    }
    this.#isSaying = true;
    this.#track.say(wholeOf(plan));
  }

  /** Another vowel in place of the one that is held. */
  changeVowel(phone: number): void {
    if (!this.#isSaying) this.#track.changeHeld(phone);
  }

  /** Silence: no phones, no keys, and the pitch is that of the param again. */
  stop(): void {
    this.#numKeys = 0;
    this.#awaited = 0;
    this.#wheel = 0;
    this.#hasNote = false;
    this.#isSaying = false;
    this.#level = 0;
    this.#track.stop();
  }

  /** The same state, from here on. */
  copyFrom(other: SingerVoice): void {
    this.#track.copyFrom(other.#track);
    this.#keys.set(other.#keys);
    this.#numKeys = other.#numKeys;
    this.#hasNote = other.#hasNote;
    this.#glideFrom = other.#glideFrom;
    this.#glideTo = other.#glideTo;
    this.#glideAt = other.#glideAt;
    this.#glideRows = other.#glideRows;
    this.#pitch = other.#pitch;
    this.#isSaying = other.#isSaying;
    this.#level = other.#level;
    this.#envelope = other.#envelope;
    this.#gain = other.#gain;
    this.#vibratoCycles = other.#vibratoCycles;
    this.#noteRows = other.#noteRows;
    this.#wheel = other.#wheel;
    this.#bent = other.#bent;
    this.#awaited = other.#awaited;
  }

  /** Writes row number `index`, 43 values, to `into[at..)`, and goes on to the next one. `seed` is that of the drift. */
  write(index: number, values: SingerValues, seed: number, into: Float32Array, at: number): void {
    this.#track.write(into, at, this.#isSaying ? 1 / values.rate : 1);
    if (this.#track.isDone) this.#isSaying = false;
    into[at + SPEECH_OCTAVES] = this.#octaves(index, values, seed);
    into[at + SPEECH_LOUDNESS] = this.#loudness(values);
  }

  #octaves(index: number, values: SingerValues, seed: number): number {
    const { pitchHz, transposeSemitones, vibratoHz, vibratoCents, driftCents } = values;
    this.#pitch = this.#hasNote ? this.#glided() : 69 + 12 * Math.log2(pitchHz / 440);
    if (this.#isSpeaking()) this.#pitch += values.pitchRange * this.#track.semitones;
    const vibrato = this.#vibratoShare(values) * vibratoCents * Math.sin(2 * Math.PI * this.#vibratoCycles);
    this.#vibratoCycles += vibratoHz / SPEECH_RATE_HZ;
    if (this.#vibratoCycles >= 1) this.#vibratoCycles -= 1;
    const drift =
      driftCents === 0
        ? 0
        : driftCents * lfoValue('smooth-random', (index * DRIFT_HZ) / SPEECH_RATE_HZ, seed);
    this.#bent = towards(this.#bent, this.#wheel, WHEEL_STEP, WHEEL_STEP);
    const bend = this.#bent * values.bendSemitones;
    const pitch = this.#pitch + transposeSemitones + bend + (vibrato + drift) / 100;
    return speechOctaves(440 * 2 ** ((pitch - 69) / 12));
  }

  /** Whether the pitch is that of speech. */
  #isSpeaking(): boolean {
    return !this.#hasNote && this.#track.isSpoken;
  }

  #vibratoShare({ vibratoDelayRows }: SingerValues): number {
    if (this.#isSpeaking()) return 0;
    if (!this.#hasNote || vibratoDelayRows === 0) return 1;
    return Math.min(1, Math.max(0, (this.#noteRows++ - vibratoDelayRows) / VIBRATO_RISE_ROWS));
  }

  #loudness({ loudness, attackRows, releaseRows }: SingerValues): number {
    const level = this.#track.isDone || this.#track.isEnding ? 0 : this.#level * this.#track.level;
    this.#envelope = towards(this.#envelope, level, 1 / attackRows, 1 / releaseRows);
    this.#gain = Number.isNaN(this.#gain) ? loudness : towards(this.#gain, loudness, GAIN_STEP, GAIN_STEP);
    return this.#envelope * this.#gain;
  }

  #glided(): number {
    if (this.#glideAt >= this.#glideRows) return this.#glideTo;
    const share = ++this.#glideAt / this.#glideRows;
    return this.#glideFrom + (this.#glideTo - this.#glideFrom) * share;
  }

  #glide(pitch: number, rows: number): void {
    const isSounding = this.#envelope > 0 && !Number.isNaN(this.#pitch);
    this.#glideFrom = isSounding ? this.#pitch : pitch;
    this.#glideTo = pitch;
    this.#glideAt = 0;
    this.#glideRows = rows;
    this.#hasNote = true;
  }

  #letGo(releaseRows: number): void {
    if (!this.#isSaying && this.#awaited === 0) this.#track.letGo(Math.ceil(releaseRows));
  }

  #forget(pitch: number): void {
    let at = 0;
    while (at < this.#numKeys && this.#keys[at] !== pitch) at++;
    if (at === this.#numKeys) return;
    this.#keys.copyWithin(at, at + 1, this.#numKeys);
    this.#numKeys--;
  }
}

function towards(from: number, to: number, mostUp: number, mostDown: number): number {
  if (to > from + mostUp) return from + mostUp;
  return to < from - mostDown ? from - mostDown : to;
}
