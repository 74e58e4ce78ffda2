/** What a model is told in a long run. */
import {
  type Bundle,
  type ConditioningInput,
  type ModelStream,
  NOTE_SAMPLE_RATE,
} from '../../../models/index.js';
import { type BlockConditioning, together } from '../../eval/block-conditioning.js';
import {
  ClassConditioning,
  type ClassInput,
  type ClassSchedule,
  classInput,
  cyclingClasses,
  steadyClasses,
} from '../../eval/class-conditioning.js';
import { randomPerformance } from '../../eval/material.js';
import { PerformanceConditioning, takesNotes } from '../../eval/performance-conditioning.js';
import { RandomSpeech } from '../../eval/speech-conditioning.js';
import { takesSpeech } from '../../eval/utterance.js';
import { RandomWords, takesWords } from '../../eval/word-conditioning.js';
import { CliError } from '../errors.js';
import { weightsText } from '../option-values.js';

/** Each class alone, then the next one. */
const CYCLE_SECONDS = 10;
const FADE_SECONDS = 0.5;

export interface SteeringWish {
  /** `random`: notes, words or phones, as the model takes them. Default: random for words and phones. */
  readonly notes?: 'none' | 'random';
  /** `cycle`: each class alone in turn; else the weights of some classes by name. Default: cycle, where there are classes. */
  readonly classes?: 'none' | 'cycle' | Readonly<Record<string, number>>;
}

export interface LongSteering {
  readonly notes: 'none' | 'random';
  readonly classes: 'none' | 'cycle' | Readonly<Record<string, number>>;
  /** In words; nothing where all conditioning is dropped. */
  readonly told: readonly string[];
  /** Of one run in blocks of at most `maxFrames`. */
  conditioning(seed: number, seconds: number, maxFrames: number): BlockConditioning;
}

type Maker = (seed: number, seconds: number, maxFrames: number) => BlockConditioning;

/** Throws CLI_NOTES or CLI_CLASSES for what the model does not take. */
export function longSteering({ manifest }: Bundle, wish: SteeringWish): LongSteering {
  const { name, conditioning, sampleRate } = manifest;
  const played = playedMaker(conditioning, sampleRate);
  if (wish.notes === 'random' && played === undefined) {
    throw new CliError('CLI_NOTES', `${name} has no input that notes, words or speech feed.`);
  }
  const notes = wish.notes ?? (played === undefined || played.told === 'random notes' ? 'none' : 'random');
  const input = classInput(conditioning, sampleRate);
  if (input === undefined && (wish.classes ?? 'none') !== 'none') {
    throw new CliError('CLI_CLASSES', `${name} has no input of class weights.`);
  }
  const classes = wish.classes ?? (input === undefined ? 'none' : 'cycle');
  const makers: { readonly told: string; readonly make: Maker }[] = [];
  if (notes === 'random' && played !== undefined) makers.push(played);
  if (input !== undefined && classes !== 'none') {
    const schedule = scheduleOf(name, input, classes);
    makers.push({
      told: classes === 'cycle' ? 'one class after another' : weightsText(classes),
      make: (_seed, _seconds, maxFrames) => new ClassConditioning(conditioning, input, schedule, maxFrames),
    });
  }
  return {
    notes,
    classes,
    told: makers.map(({ told }) => told),
    conditioning: (...args) =>
      together(
        makers.map(({ make }) => make(...args)),
        conditioning.length,
      ),
  };
}

function playedMaker(
  inputs: readonly ConditioningInput[],
  sampleRate: number,
): { readonly told: string; readonly make: Maker } | undefined {
  if (takesNotes(inputs, sampleRate)) {
    return {
      told: 'random notes',
      make: (seed, seconds, maxFrames) =>
        new PerformanceConditioning(randomPerformance(seed, seconds), inputs, maxFrames),
    };
  }
  if (takesWords(inputs, sampleRate)) {
    return { told: 'random words', make: (seed, _, maxFrames) => new RandomWords(inputs, seed, maxFrames) };
  }
  if (sampleRate !== NOTE_SAMPLE_RATE || !takesSpeech(inputs)) return undefined;
  return { told: 'random phones', make: (seed, _, maxFrames) => new RandomSpeech(inputs, seed, maxFrames) };
}

function scheduleOf(
  name: string,
  { labels }: ClassInput,
  classes: 'cycle' | Readonly<Record<string, number>>,
): ClassSchedule {
  if (classes === 'cycle') return cyclingClasses(CYCLE_SECONDS, FADE_SECONDS);
  const unknown = Object.keys(classes).filter((label) => !labels.includes(label));
  if (unknown.length === 0) return steadyClasses(labels.map((label) => classes[label] ?? 0));
  throw new CliError(
    'CLI_CLASSES',
    `${name} has no class ${unknown.map((label) => `"${label}"`).join(', ')}: it has ${labels.join(', ')}.`,
  );
}

/** Says the frames of the next samples, just before they are read. */
export function tellerOf(stream: ModelStream, conditioning: BlockConditioning): (numFrames: number) => void {
  return (numFrames) => {
    const block = conditioning.block(numFrames);
    for (const [input, { rateHz }] of stream.conditioning.entries()) {
      const frames = block[input];
      if (frames === undefined) continue;
      const hop = stream.sampleRate / rateHz;
      stream.setConditioning(input, stream.position / hop, frames, Math.ceil(numFrames / hop));
    }
  };
}
