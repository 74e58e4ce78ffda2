import { Command } from 'commander';
import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import { integerBetween, numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { forBundle, forStream } from './bench-options.js';

const explanation = `
threadLateMs is what the ring lacked of being full when the reader came: the jitter of the model's thread, and up
to a sub-block of stepping. A look-ahead above its worst has no xruns.

Example:
  sashimi bench ring models/zoo/shore --busy 2 --json`;

interface RingFlags {
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  readonly lookAhead: number;
  readonly busy: number;
  readonly json?: boolean;
}

export function benchRingCommand(): Command {
  const command = forBundle(new Command('ring'), { count: 5, description: 'times that the model is played' });
  return forStream(command)
    .summary("how steadily a model's thread keeps its ring full")
    .description('Plays a model in real time without sound: what reading costs, and how late its thread is.')
    .option('--seconds <N>', 'to play each time', numberBetween(0.1, 600), 1)
    .option('--busy <N>', 'busy threads beside it', integerBetween(0, 256), 0)
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: RingFlags) => {
      const { benchRing } = await import('../bench/ring.js');
      const result = await benchRing(folder, { ...flags, lookAheadMs: flags.lookAhead });
      if (flags.json) return printJson(result);
      printLine(`${result.bundle}: ${result.path}; ${result.reason}`);
      printLine(`${result.scheduling} scheduling, load ${result.load.toFixed(2)}`);
      printLine(`a read: ${result.readUs.median.toFixed(1)} us, worst ${result.readUs.worst.toFixed(1)}`);
      const { median, worst } = result.threadLateMs;
      printLine(`thread behind a full ring by ${median.toFixed(2)} ms, worst ${worst.toFixed(2)}`);
      printLine(`${result.xruns} xruns in ${result.reads} reads`);
    });
}
