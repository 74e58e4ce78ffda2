import {
  type Conditioning,
  type ConditioningInput,
  FIRST_WORD_PITCH,
  NOTE_HOP,
  NOTE_SAMPLE_RATE,
  WORD_FRAMES,
  WORD_STEPS,
  WordVoice,
} from '../../models/index.js';
import { isFedByWords, isFedByWordVoice, ROW_RATE_HZ } from '../../nodes/index.js';
import type { BlockConditioning } from './block-conditioning.js';
import { Dice } from './dice.js';

/** Seconds between two words, at least and at most. */
const SHORTEST_PAUSE = 0.1;
const LONGEST_PAUSE = 0.8;

/** Whether words steer any of these inputs. */
export function takesWords(inputs: readonly ConditioningInput[], sampleRate: number): boolean {
  return inputs.some((input) => isFedByWords(input, sampleRate));
}

/** One word after another, any of them at any height, as the conditioning of consecutive blocks. Other inputs are dropped. */
export class RandomWords implements BlockConditioning {
  readonly #dice: Dice;
  readonly #numWords: number;
  readonly #voice: WordVoice;
  readonly #inputs: readonly ConditioningInput[];
  readonly #frames: readonly (Float32Array | undefined)[];
  #row = 0;
  #nextWord = 0;

  /** `inputs` have one that words feed. Blocks have at most `maxFrames` samples. */
  constructor(inputs: readonly ConditioningInput[], seed: number, maxFrames: number) {
    this.#dice = new Dice(seed);
    this.#inputs = inputs;
    const { dim } = inputs.find((input) => isFedByWords(input, NOTE_SAMPLE_RATE))!;
    this.#numWords = dim / WORD_STEPS;
    this.#voice = new WordVoice(this.#numWords);
    const rows = Math.ceil(maxFrames / NOTE_HOP);
    this.#frames = inputs.map((input) => {
      const isSteps = isFedByWords(input, NOTE_SAMPLE_RATE) && input.dim === dim;
      const isFed = isSteps || isFedByWordVoice(input, NOTE_SAMPLE_RATE);
      return isFed ? new Float32Array(rows * rowLength(input)) : undefined;
    });
  }

  block(numFrames: number): Conditioning {
    const count = Math.ceil(numFrames / NOTE_HOP);
    for (let row = 0; row < count; row++, this.#row++) {
      if (this.#row >= this.#nextWord) this.#beginWord();
      for (const [i, frames] of this.#frames.entries()) {
        if (frames === undefined) continue;
        const at = row * rowLength(this.#inputs[i]!);
        if (this.#inputs[i]!.kind === 'word-steps') this.#voice.writeSteps(frames, at);
        else this.#voice.writeSource(frames, at);
      }
      this.#voice.advance();
    }
    return this.#frames;
  }

  #beginWord(): void {
    this.#voice.noteOn(FIRST_WORD_PITCH + this.#dice.below(this.#numWords), this.#dice.next());
    const pause = SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * this.#dice.next();
    this.#nextWord = this.#row + WORD_FRAMES + Math.round(pause * ROW_RATE_HZ);
  }
}

/** Values of an input per row. */
function rowLength({ rateHz, dim }: ConditioningInput): number {
  return (rateHz / ROW_RATE_HZ) * dim;
}
