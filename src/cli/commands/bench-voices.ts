import { Command } from 'commander';
import type { StepperChoice } from '../../../models/index.js';
import { integerBetween, numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { blockFrames, forBundle } from './bench-options.js';

const explanation = `
The figures are of all voices together: at 20.9 times real time, 20 voices play live on one core, and
voicesInRealTime says 20. One pass over the weights serves all voices, where the stepper can do that: the reference
cannot.

Example:
  sashimi bench voices models/zoo/shore --voices 8`;

interface VoicesFlags {
  readonly stepper: StepperChoice;
  readonly voices: number;
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  readonly json?: boolean;
}

export function benchVoicesCommand(): Command {
  return forBundle(new Command('voices'))
    .summary('how fast many voices of a model step')
    .description('Measures how fast voices of one bundle step side by side, on one core.')
    .option('--voices <N>', 'at once', integerBetween(1, 1024), 8)
    .option('--seconds <N>', 'of sound of each voice, in each repeat', numberBetween(0.05, 600), 0.5)
    .option('--block <FRAMES>', 'frames per block, at the rate of the model', blockFrames, 128)
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: VoicesFlags) => {
      const { benchVoices } = await import('../bench/voices.js');
      const { describeCore, describeFloor } = await import('../bench/core-limits.js');
      const result = await benchVoices(folder, flags);
      if (flags.json) return printJson(result);
      printLine(`${result.bundle}: ${result.voices} voices, ${result.path}; ${result.reason}`);
      printLine(
        `${result.realTimeFactor.toFixed(2)} times real time in sum, ${Math.round(result.samplesPerSecond)} samples/s, worst block ${result.worstBlock.toFixed(2)} of its duration`,
      );
      printLine(`${result.voicesInRealTime} voices play in real time on one core`);
      printLine(describeFloor(result));
      printLine(describeCore(result.core));
    });
}
