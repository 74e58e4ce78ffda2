import { NodeError } from '../errors.js';
import { MOST_MIDI } from './keyboard.js';

export const MOST_STEPS = 32;
/** A note may sound for this many steps. */
export const LONGEST_GATE = 16;

const MOST_CHARACTERS = 1000;

/** One step: a note, or a rest when its velocity is 0. */
export interface Step {
  /** MIDI key number. */
  readonly pitch: number;
  /** MIDI, 0 to 127. */
  readonly velocity: number;
  /** 0 to 1: how often it is played. */
  readonly probability: number;
  /** Times the gate of all steps. */
  readonly gate: number;
}

export const REST: Step = { pitch: 0, velocity: 0, probability: 1, gate: 1 };

const DEFAULT_VELOCITY = 100;

/**
 * `60 . 64@80 67:0.5*2`: a key, or `.` for a rest; `@` its velocity, `:` how often it is played, `*` how many times as
 * long as the gate says. Throws NODE_ARGUMENT.
 */
export function parsePattern(text: string): Step[] {
  if (text.length > MOST_CHARACTERS) {
    throw refuse(`it has at most ${MOST_CHARACTERS} characters but has ${text.length}`);
  }
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length > MOST_STEPS) {
    throw refuse(`it has at most ${MOST_STEPS} steps but has ${words.length}`);
  }
  return words.map((word, index) => (word === '.' ? REST : parseStep(word, index + 1)));
}

/** Throws NODE_ARGUMENT when something is out of its range. */
export function checkedStep(
  pitch: unknown,
  velocity: unknown,
  probability: unknown = 1,
  gate: unknown = 1,
): Step {
  return {
    pitch: within('pitch', pitch, 0, MOST_MIDI),
    velocity: within('velocity', velocity, 0, MOST_MIDI),
    probability: within('probability', probability, 0, 1),
    gate: within('gate', gate, 0.01, LONGEST_GATE),
  };
}

const NUMBER = '(\\d+(?:\\.\\d+)?|\\.\\d+)';
const STEP = new RegExp(`^(\\d+)((?:[@:*]${NUMBER})*)$`);
const MARK = new RegExp(`([@:*])${NUMBER}`, 'g');

function parseStep(word: string, place: number): Step {
  const found = STEP.exec(word);
  if (found === null) {
    throw refuse(`step ${place} is a rest "." or a key such as 60 or 60@100:0.5*2 but was "${word}"`);
  }
  const marks = new Map<string, number>();
  for (const [, mark, value] of found[2]!.matchAll(MARK)) marks.set(mark!, Number(value));
  const velocity = marks.get('@') ?? DEFAULT_VELOCITY;
  return checkedStep(Number(found[1]), Math.round(velocity), marks.get(':'), marks.get('*'));
}

function within(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new NodeError('NODE_ARGUMENT', `${name} is ${least} to ${most} but was ${String(value)}`);
}

function refuse(why: string): NodeError {
  return new NodeError('NODE_ARGUMENT', `the pattern cannot be read: ${why}`);
}
