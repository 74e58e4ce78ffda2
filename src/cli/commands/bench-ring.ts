import { Command } from 'commander';
import type { StepperChoice } from '../../../models/index.js';
import { integerBetween, numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { stepperOption } from './stepper-option.js';

const examples = `
Example:
  sashimi bench ring models/zoo/shore --busy 2 --json`;

interface Flags {
  readonly stepper: StepperChoice;
  readonly seconds: number;
  readonly block: number;
  readonly lookAhead: number;
  readonly busy: number;
  readonly json?: boolean;
}

export function benchRingCommand(): Command {
  return new Command('ring')
    .summary("how steadily a model's thread keeps its ring full")
    .description('Plays a model in real time without sound: what reading costs, and how late its thread is.')
    .argument('<BUNDLE>', 'bundle folder')
    .addOption(stepperOption())
    .option('--seconds <N>', 'to play', numberBetween(0.1, 600), 5)
    .option('--block <FRAMES>', 'frames per read, at the rate of the model', integerBetween(1, 4096), 85)
    .option('--look-ahead <MS>', 'how far the model runs ahead', numberBetween(2, 1000), 16)
    .option('--busy <N>', 'busy threads beside it', integerBetween(0, 256), 0)
    .option('--json', 'for machines')
    .addHelpText('after', examples)
    .action(async (folder: string, flags: Flags) => {
      const { benchRing } = await import('../bench-ring.js');
      const result = await benchRing(folder, { ...flags, lookAheadMs: flags.lookAhead });
      if (flags.json) return printJson(result);
      printLine(`${result.bundle}: ${result.stepper}, ${result.scheduling}, load ${result.load.toFixed(2)}`);
      printLine(`a read: ${result.readUs.median.toFixed(1)} us, worst ${result.readUs.worst.toFixed(1)}`);
      const { median, worst } = result.threadLateMs;
      printLine(`thread behind a full ring by ${median.toFixed(2)} ms, worst ${worst.toFixed(2)}`);
      printLine(`${result.xruns} xruns in ${result.reads} reads`);
    });
}
