import { Command } from 'commander';
import type { StepperChoice } from '../../../models/index.js';
import { integerBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { forBundle } from './bench-options.js';

const explanation = `
Priming is what gives a voice a past: before a take is resumed, and for a model that goes on from a recording.

Example:
  sashimi bench prime models/zoo/shore --frames 16000`;

interface PrimeFlags {
  readonly stepper: StepperChoice;
  readonly frames: number;
  readonly repeats: number;
  readonly json?: boolean;
}

export function benchPrimeCommand(): Command {
  return forBundle(new Command('prime'))
    .summary('how fast a model takes in known sound')
    .description('Measures how fast a voice is fed known sound, all of it in one call.')
    .option('--frames <N>', 'of known sound, at the rate of the model', integerBetween(1, 10_000_000), 16_000)
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: PrimeFlags) => {
      const { benchPrime } = await import('../bench/prime.js');
      const { describeCore, describeFloor } = await import('../bench/core-limits.js');
      const result = await benchPrime(folder, flags);
      if (flags.json) return printJson(result);
      printLine(`${result.bundle}: ${result.path}; ${result.reason}`);
      printLine(
        `${result.frames} frames in ${result.medianMs.toFixed(1)} ms (worst of ${result.repeats}: ${result.worstMs.toFixed(1)}), ${result.realTimeFactor.toFixed(2)} times real time, ${Math.round(result.samplesPerSecond)} samples/s`,
      );
      printLine(describeFloor(result));
      printLine(describeCore(result.core));
    });
}
