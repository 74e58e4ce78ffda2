import { SPEECH_LOUDNESS, SPEECH_OCTAVES, speechOctaves } from '../../models/index.js';
import { lfoValue } from '../dsp/lfo-shapes.js';
import type { PhonePlan } from './phone-text.js';
import { PhoneTrack } from './phone-track.js';

/** Rows of `speech` per second. */
export const SPEECH_RATE_HZ = 250;
/** Keys that are remembered while others are held. */
const MOST_KEYS = 32;
/** Hz at which a pitch drifts about. */
const DRIFT_HZ = 0.9;
/** Most that the param of loudness moves a row: 20 ms from silent to full. */
const GAIN_STEP = 0.2;

/** What the params of a singer are in one row. Rewritten in place by whoever writes rows. */
export interface SingerValues {
  loudness: number;
  /** Without a note. */
  pitchHz: number;
  transposeSemitones: number;
  vibratoHz: number;
  vibratoCents: number;
  driftCents: number;
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

  /** `pitch` is a MIDI key number, fractional allowed; `velocity` above 0 to 1. A pitch glides over `glideRows` from one that sounds. */
  noteOn(pitch: number, velocity: number, syllable: PhonePlan, glideRows: number): void {
    this.#forget(pitch);
    if (this.#numKeys === MOST_KEYS) this.#forget(this.#keys[0]!);
    this.#keys[this.#numKeys++] = pitch;
    this.#glide(pitch, glideRows);
    this.#level = Math.sqrt(velocity);
    if (this.#isSaying) return;
    this.#track.say(syllable);
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
    if (this.#numKeys === 0) this.#level = 1;
    this.#isSaying = true;
    this.#track.say(plan);
  }

  /** Another vowel in place of the one that is held. */
  changeVowel(phone: number): void {
    if (!this.#isSaying) this.#track.changeHeld(phone);
  }

  /** Silence: no phones, no keys, and the pitch is that of the param again. */
  stop(): void {
    this.#numKeys = 0;
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
  }

  /** Writes row number `index`, 43 values, to `into[at..)`, and goes on to the next one. `seed` is that of the drift. */
  write(index: number, values: SingerValues, seed: number, into: Float32Array, at: number): void {
    this.#track.write(into, at);
    if (this.#track.isDone) this.#isSaying = false;
    into[at + SPEECH_OCTAVES] = this.#octaves(index, values, seed);
    into[at + SPEECH_LOUDNESS] = this.#loudness(values);
  }

  #octaves(index: number, values: SingerValues, seed: number): number {
    const { pitchHz, transposeSemitones, vibratoHz, vibratoCents, driftCents } = values;
    this.#pitch = this.#hasNote ? this.#glided() : 69 + 12 * Math.log2(pitchHz / 440);
    const vibrato = vibratoCents * Math.sin(2 * Math.PI * this.#vibratoCycles);
    this.#vibratoCycles += vibratoHz / SPEECH_RATE_HZ;
    if (this.#vibratoCycles >= 1) this.#vibratoCycles -= 1;
    const drift =
      driftCents === 0
        ? 0
        : driftCents * lfoValue('smooth-random', (index * DRIFT_HZ) / SPEECH_RATE_HZ, seed);
    const pitch = this.#pitch + transposeSemitones + (vibrato + drift) / 100;
    return speechOctaves(440 * 2 ** ((pitch - 69) / 12));
  }

  #loudness({ loudness, attackRows, releaseRows }: SingerValues): number {
    const level = this.#track.isDone || this.#track.isEnding ? 0 : this.#level;
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
    if (!this.#isSaying) this.#track.letGo(Math.ceil(releaseRows));
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
