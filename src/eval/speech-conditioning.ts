import {
  type Conditioning,
  type ConditioningInput,
  PHONES,
  type PhoneSegment,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechRows,
} from '../../models/index.js';
import { isFedBySpeech } from '../../nodes/index.js';
import type { BlockConditioning } from './block-conditioning.js';
import { Dice } from './dice.js';

const PAUSE = PHONES.indexOf('pau');
/** Phones of a breath, between two pauses. */
const PHONES_PER_BREATH = 16;
/** Rows of 4 ms that a phone and a pause have, at least and at most. */
const PHONE_ROWS = [12, 50] as const;
const PAUSE_ROWS = [40, 100] as const;
/** Hz at which a breath may begin, and octaves that it may move until it ends. */
const FIRST_HZ = [100, 250] as const;
const MOST_OCTAVES = 0.5;

/** Any phones in any order, breath after breath, as the conditioning of consecutive blocks. Other inputs are dropped. */
export class RandomSpeech implements BlockConditioning {
  readonly #dice: Dice;
  readonly #source = new SpeechSource();
  readonly #inputs: readonly ConditioningInput[];
  readonly #frames: readonly (Float32Array | undefined)[];
  /** Of the breath (rows, SPEECH_DIM), and the next of its rows. */
  #breath: Float32Array = new Float32Array(0);
  #row = 0;

  /** Blocks have at most `maxFrames` samples. */
  constructor(inputs: readonly ConditioningInput[], seed: number, maxFrames: number) {
    this.#dice = new Dice(seed);
    this.#inputs = inputs;
    const rows = Math.ceil(maxFrames / SPEECH_HOP);
    this.#frames = inputs.map((input) =>
      isFedBySpeech(input, SPEECH_SAMPLE_RATE) ? new Float32Array(rows * rowLength(input)) : undefined,
    );
  }

  block(numFrames: number): Conditioning {
    const count = Math.ceil(numFrames / SPEECH_HOP);
    for (let row = 0; row < count; row++, this.#row++) {
      if (this.#row * SPEECH_DIM === this.#breath.length) this.#breathe();
      const from = this.#row * SPEECH_DIM;
      for (const [i, frames] of this.#frames.entries()) {
        if (frames === undefined) continue;
        const at = row * rowLength(this.#inputs[i]!);
        if (this.#inputs[i]!.kind === 'speech')
          frames.set(this.#breath.subarray(from, from + SPEECH_DIM), at);
        else this.#source.write(this.#breath, from, frames, at);
      }
    }
    return this.#frames;
  }

  #breathe(): void {
    const segments: PhoneSegment[] = [{ phone: PAUSE, end: this.#rowsOf(PAUSE_ROWS) }];
    while (segments.length <= PHONES_PER_BREATH) {
      const phone = this.#dice.below(PHONES.length);
      segments.push({ phone, end: segments.at(-1)!.end + this.#rowsOf(PHONE_ROWS) });
    }
    const numRows = segments.at(-1)!.end;
    const firstHz = FIRST_HZ[0] + this.#dice.next() * (FIRST_HZ[1] - FIRST_HZ[0]);
    const octaves = MOST_OCTAVES * (2 * this.#dice.next() - 1);
    const pitchHz = Float64Array.from(
      { length: numRows },
      (_, i) => firstHz * 2 ** ((octaves * i) / numRows),
    );
    this.#breath = speechRows(segments, pitchHz, new Float64Array(numRows).fill(1));
    this.#row = 0;
  }

  #rowsOf([least, most]: readonly [number, number]): number {
    return least + this.#dice.below(most - least + 1);
  }
}

/** Values of an input per row. */
function rowLength({ kind }: ConditioningInput): number {
  return kind === 'speech' ? SPEECH_DIM : SPEECH_HOP * SPEECH_SOURCE_DIM;
}
