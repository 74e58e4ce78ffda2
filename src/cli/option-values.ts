/** Option values as text to what they mean. A value out of range is wrong usage: exit code 2. */
import { InvalidArgumentError } from 'commander';

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

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

export const seed = integerBetween(0, 0xffff_ffff);
export const sampleRate = integerBetween(8000, 384_000);
export const port = integerBetween(1, 65_535);
/** 0 takes a free one. */
export const ownPort = integerBetween(0, 65_535);
