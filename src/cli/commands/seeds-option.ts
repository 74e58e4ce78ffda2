import { Option } from 'commander';
import { seed } from '../option-values.js';

/** `--seed`, once or several times; undefined stands for 1. */
export function seedsOption(ofWhat: string): Option {
  return new Option('--seed <N>', `${ofWhat}; may be given several times`)
    .argParser((text: string, before: readonly number[] | undefined) => [...(before ?? []), seed(text)])
    .default(undefined, '1');
}
