import { Command } from 'commander';
import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import { integerBetween, numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { providerOption, stepperOption } from './stepper-option.js';

const examples = `
realTimeFactor is how many seconds of sound one second of one core makes. worstBlock is the slowest block's
time over its duration: above 1, it would have been late without look-ahead.

Example:
  sashimi bench stepper models/zoo/shore --stepper native --json`;

interface BenchFlags {
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly seconds: number;
  readonly block: number;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  const stepper = new Command('stepper')
    .summary('how fast a model steps')
    .description('Measures how fast a stepper makes sound with a model, on one core.')
    .argument('<BUNDLE>', 'bundle folder')
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--seconds <N>', 'of sound to make', numberBetween(0.1, 600), 5)
    .option('--block <FRAMES>', 'frames per block, at the rate of the model', integerBetween(1, 65_536), 128)
    .option('--json', 'for machines')
    .addHelpText('after', examples)
    .action(async (folder: string, flags: BenchFlags) => {
      const { benchStepper } = await import('../bench-stepper.js');
      const result = await benchStepper(folder, flags);
      if (flags.json) return printJson(result);
      printLine(`${result.bundle}: ${result.reason}`);
      printLine(`${result.realTimeFactor.toFixed(2)} times real time`);
      printLine(
        `worst block ${result.worstBlockMs.toFixed(3)} ms, ${result.worstBlock.toFixed(2)} of its duration`,
      );
    });
  return new Command('bench')
    .summary('measure speed')
    .description('Measures how fast parts of the engine run on this machine.')
    .addCommand(stepper);
}
