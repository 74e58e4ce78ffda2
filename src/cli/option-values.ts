/** Option values as text to what they mean. A value out of range is wrong usage: exit code 2. */

import { InvalidArgumentError } from 'commander';
import type { RecordedInput } from '../audio-input/index.js';
import { parseAllowRule } from '../osc/gate.js';

export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  };
}

export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** `NAME=WEIGHT,NAME=WEIGHT`, or one of the words that stand alone. */
export function classWeights(text: string): 'none' | 'cycle' | Readonly<Record<string, number>> {
  if (text === 'none' || text === 'cycle') return text;
  const pairs = text.split(',').map((part): [string, number] => {
    const [, label = '', weight = ''] = /^([^=]+)=(\d*\.?\d+)$/.exec(part.trim()) ?? [];
    if (label !== '' && Number(weight) <= 1) return [label, Number(weight)];
    throw new InvalidArgumentError(
      'Expected none, cycle, or weights from 0 to 1 such as wind=0.7,birds=0.3.',
    );
  });
  return Object.fromEntries(pairs);
}

/** As `classWeights` takes it. */
export function weightsText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([label, weight]) => `${label}=${weight}`)
    .join(',');
}

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** `ADDRESS[/BITS]`, several times. */
export function collectAllowed(text: string, before: readonly string[]): readonly string[] {
  if (parseAllowRule(text) !== undefined) return [...before, text];
  throw new InvalidArgumentError(
    'Expected an IP address, or one with its bits: 192.168.1.20 or 192.168.1.0/24.',
  );
}

/** `[NODE=]FILE`, several times: what a node hears, or, without one, every node that has none of its own. */
export function collectInput(text: string, before: readonly RecordedInput[]): readonly RecordedInput[] {
  const [, nodeId, file = text] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
  return [...before, { nodeId, file }];
}

/** As it is announced: one DNS label, with room for a number. */
export function engineName(text: string): string {
  if (Buffer.byteLength(text) <= 59 && /^[^\p{C}.]+$/u.test(text) && text.trim() === text) return text;
  throw new InvalidArgumentError('Expected a name of at most 59 bytes, without dots and control characters.');
}

export const seed = integerBetween(0, 0xffff_ffff);
export const sampleRate = integerBetween(8000, 384_000);
export const port = integerBetween(1, 65_535);
/** 0 takes a free one. */
export const ownPort = integerBetween(0, 65_535);
