import { HIGHEST_SPEECH_HZ, LOWEST_SPEECH_HZ } from '../../models/index.js';
import { VOWELS } from './phone-text.js';
import { type SingerValues, SPEECH_RATE_HZ } from './singer-voice.js';

const ROW_MS = 1000 / SPEECH_RATE_HZ;

export const singerParams = {
  loudness: {
    type: 'float',
    label: 'Loudness',
    unit: 'ratio',
    min: 0,
    max: 1,
    default: 1,
    warp: 'lin',
    smoothingMs: 0,
  },
  pitchHz: {
    type: 'float',
    label: 'Pitch, as long as no note has come',
    unit: 'hz',
    min: LOWEST_SPEECH_HZ,
    max: HIGHEST_SPEECH_HZ,
    default: 150,
    warp: 'exp',
    smoothingMs: 0,
  },
  transposeSemitones: {
    type: 'float',
    label: 'Transposition',
    unit: 'semitones',
    min: -36,
    max: 36,
    default: 0,
    warp: 'lin',
    smoothingMs: 0,
  },
  glideMs: {
    type: 'float',
    label: 'Glide from note to note',
    unit: 'ms',
    min: 0,
    max: 5000,
    default: 60,
    warp: 'lin',
    smoothingMs: 0,
  },
  vibratoHz: {
    type: 'float',
    label: 'Vibrato rate',
    unit: 'hz',
    min: 0.1,
    max: 12,
    default: 5.2,
    warp: 'exp',
    smoothingMs: 0,
  },
  vibratoCents: {
    type: 'float',
    label: 'Vibrato depth, in cents to each side',
    unit: 'none',
    min: 0,
    max: 200,
    default: 20,
    warp: 'lin',
    smoothingMs: 0,
  },
  vibratoDelayMs: {
    type: 'float',
    label: 'How long a note sounds before its vibrato begins',
    unit: 'ms',
    min: 0,
    max: 5000,
    default: 0,
    warp: 'lin',
    smoothingMs: 0,
  },
  bendSemitones: {
    type: 'float',
    label: 'Range of the pitch wheel, to each side',
    unit: 'semitones',
    min: 0,
    max: 24,
    default: 2,
    warp: 'lin',
    smoothingMs: 0,
  },
  drift: {
    type: 'float',
    label: 'Drift of the pitch, in cents to each side',
    unit: 'none',
    min: 0,
    max: 200,
    default: 8,
    warp: 'lin',
    smoothingMs: 0,
  },
  attackMs: {
    type: 'float',
    label: 'Attack',
    unit: 'ms',
    min: 4,
    max: 5000,
    default: 12,
    warp: 'exp',
    smoothingMs: 0,
  },
  releaseMs: {
    type: 'float',
    label: 'Release',
    unit: 'ms',
    min: 4,
    max: 5000,
    default: 120,
    warp: 'exp',
    smoothingMs: 0,
  },
  vowel: {
    type: 'enum',
    label: 'Vowel of a note, unless a syllable was told',
    options: VOWELS,
    default: 'aa',
  },
} as const;

/** What a row of a singer hangs on, beside what happened. */
const singerNames = [
  'loudness',
  'pitchHz',
  'transposeSemitones',
  'glideMs',
  'vibratoHz',
  'vibratoCents',
  'vibratoDelayMs',
  'bendSemitones',
  'drift',
  'attackMs',
  'releaseMs',
] as const;

/** The same of somebody who also speaks. */
export const speakerNames = [...singerNames, 'rate', 'pitchRange'] as const;

export type SingerName = (typeof singerNames)[number];
type Name = (typeof speakerNames)[number];

/** What is asked of the params of the node. */
export interface ParamView<N extends Name = SingerName> {
  get(name: N): number;
  /** At an engine frame; NaN when not known. */
  ahead(name: N, frame: number): number;
  isSteady(name: N): boolean;
}

/** The params of a singer, row by row. On the audio path; allocates nothing after construction. */
export class SingerParams {
  readonly #params: ParamView<Name>;
  readonly #framesPerRow: number;
  readonly #names: readonly Name[];
  readonly #latest: Float64Array;
  readonly #values: SingerValues = {
    loudness: 0,
    pitchHz: 0,
    transposeSemitones: 0,
    vibratoHz: 0,
    vibratoCents: 0,
    driftCents: 0,
    vibratoDelayRows: 0,
    bendSemitones: 0,
    rate: 1,
    pitchRange: 1,
    attackRows: 1,
    releaseRows: 1,
    glideRows: 0,
  };

  /** `sampleRate` is that of the engine, Hz; `names`: those that the node has, all of them. */
  constructor(params: ParamView, sampleRate: number, names: readonly Name[] = singerNames) {
    this.#names = names;
    this.#latest = new Float64Array(names.length);
    this.#params = params as ParamView<Name>;
    this.#framesPerRow = sampleRate / SPEECH_RATE_HZ;
  }

  /** Whether what was known of later rows may not be so any more: once per tick. */
  haveMoved(): boolean {
    const names = this.#names;
    let haveMoved = false;
    for (let i = 0; i < names.length; i++) {
      const value = this.#params.get(names[i]!);
      if (value !== this.#latest[i] || !this.#params.isSteady(names[i]!)) haveMoved = true;
      this.#latest[i] = value;
    }
    return haveMoved;
  }

  /** In a row that is being played; borrowed until the next call. What modulates and is not known ahead is as at the end of the tick. */
  at(row: number): SingerValues {
    this.#read(row, true);
    return this.#values;
  }

  /** In a row to come; borrowed until the next call. undefined when it is not known. */
  ahead(row: number): SingerValues | undefined {
    return this.#read(row, false) ? this.#values : undefined;
  }

  /** Whether a note, a MIDI key number, lies in the range of the voice. */
  canSing(pitch: number): boolean {
    const hz = 440 * 2 ** ((pitch + this.#params.get('transposeSemitones') - 69) / 12);
    return hz >= LOWEST_SPEECH_HZ && hz <= HIGHEST_SPEECH_HZ;
  }

  #read(row: number, isNow: boolean): boolean {
    const frame = Math.ceil(row * this.#framesPerRow);
    const values = this.#values;
    const names = this.#names;
    let sum = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      let value = this.#params.ahead(name, frame);
      if (isNow && Number.isNaN(value)) value = this.#params.get(name);
      sum += value;
      this.#put(values, name, value);
    }
    return !Number.isNaN(sum);
  }

  #put(values: SingerValues, name: Name, value: number): void {
    if (name === 'drift') values.driftCents = value;
    else if (name === 'glideMs') values.glideRows = Math.round(value / ROW_MS);
    else if (name === 'vibratoDelayMs') values.vibratoDelayRows = Math.round(value / ROW_MS);
    else if (name === 'attackMs') values.attackRows = value / ROW_MS;
    else if (name === 'releaseMs') values.releaseRows = value / ROW_MS;
    else values[name] = value;
  }
}
