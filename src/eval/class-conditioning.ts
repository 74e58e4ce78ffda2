import { type Conditioning, type ConditioningInput, NOTE_HOP, NOTE_SAMPLE_RATE } from '../../models/index.js';
import { isFedByClasses, ROW_RATE_HZ } from '../../nodes/index.js';
import type { BlockConditioning } from './block-conditioning.js';

/** The input that says which class sounds. */
export interface ClassInput {
  /** Its number. */
  readonly input: number;
  /** One for each class: their names, or numbers from 1 on where the bundle does not name each. */
  readonly labels: readonly string[];
}

/** The first one; undefined when there is none, or not at 16 kHz. */
export function classInput(inputs: readonly ConditioningInput[], sampleRate: number): ClassInput | undefined {
  const input = sampleRate === NOTE_SAMPLE_RATE ? inputs.findIndex(isFedByClasses) : -1;
  if (input < 0) return undefined;
  const { labels, dim } = inputs[input]!;
  const isNamed = labels?.length === dim;
  return { input, labels: isNamed ? labels : Array.from({ length: dim }, (_, i) => String(i + 1)) };
}

/** Writes the weight of each class at a time. */
export type ClassSchedule = (seconds: number, weights: Float32Array) => void;

export function steadyClasses(steady: ArrayLike<number>): ClassSchedule {
  return (_, weights) => weights.set(steady);
}

/** Each class alone for `seconds`, then the next one, and the first after the last; the last `fadeSeconds` are the way to the next. */
export function cyclingClasses(seconds: number, fadeSeconds: number): ClassSchedule {
  return (at, weights) => {
    const turn = Math.floor(at / seconds);
    const share = Math.max(0, (at - (turn + 1) * seconds + fadeSeconds) / fadeSeconds);
    weights.fill(0);
    weights[turn % weights.length] = 1 - share;
    weights[(turn + 1) % weights.length]! += share;
  };
}

/** Class weights as the conditioning of consecutive blocks; all other inputs are dropped. */
export class ClassConditioning implements BlockConditioning {
  readonly #inputs: readonly ConditioningInput[];
  readonly #input: number;
  readonly #schedule: ClassSchedule;
  readonly #rows: Float32Array;
  #row = 0;

  /** Blocks have at most `maxFrames` samples. */
  constructor(
    inputs: readonly ConditioningInput[],
    { input }: ClassInput,
    schedule: ClassSchedule,
    maxFrames: number,
  ) {
    this.#inputs = inputs;
    this.#input = input;
    this.#schedule = schedule;
    this.#rows = new Float32Array(Math.ceil(maxFrames / NOTE_HOP) * inputs[input]!.dim);
  }

  block(numFrames: number): Conditioning {
    const { dim } = this.#inputs[this.#input]!;
    const count = Math.ceil(numFrames / NOTE_HOP);
    for (let i = 0; i < count; i++) {
      this.#schedule(this.#row / ROW_RATE_HZ, this.#rows.subarray(i * dim, (i + 1) * dim));
      this.#row++;
    }
    return this.#inputs.map((_, input) => (input === this.#input ? this.#rows : undefined));
  }
}
