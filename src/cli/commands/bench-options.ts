import type { Command } from 'commander';
import { integerBetween, numberBetween } from '../option-values.js';
import { providerOption, stepperOption } from './stepper-option.js';

export interface Repeats {
  readonly count: number;
  /** What is repeated. */
  readonly description: string;
}

const measurements: Repeats = { count: 5, description: 'measurements, of which the middle one counts' };

/** What every measurement of a bundle takes that any stepper can run. */
export function forBundle(command: Command, repeats = measurements): Command {
  return forNativeBundle(command, repeats).addOption(stepperOption()).addOption(providerOption());
}

/** The same of what only the native stepper can do. */
export function forNativeBundle(command: Command, { count, description }: Repeats): Command {
  return command
    .argument('<BUNDLE>', 'bundle folder')
    .option('--repeats <N>', description, integerBetween(1, 1000), count)
    .option('--json', 'for machines');
}

/** What every measurement of a stream takes. */
export function forStream(command: Command): Command {
  return command
    .option('--block <FRAMES>', 'frames per read, at the rate of the model', integerBetween(1, 4096), 85)
    .option('--look-ahead <MS>', 'look-ahead without rollback', numberBetween(2, 1000), 16);
}

/** Of a voice's block. */
export const blockFrames = integerBetween(1, 65_536);
