import type { Command } from 'commander';
import { integerBetween } from '../option-values.js';
import { providerOption, stepperOption } from './stepper-option.js';

/** What every measurement of a bundle takes. */
export function forBundle(command: Command): Command {
  return command
    .argument('<BUNDLE>', 'bundle folder')
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--repeats <N>', 'measurements, of which the middle one counts', integerBetween(1, 1000), 5)
    .option('--json', 'for machines');
}

/** Of a voice's block. */
export const blockFrames = integerBetween(1, 65_536);
