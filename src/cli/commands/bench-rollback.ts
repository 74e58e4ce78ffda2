import { Command } from 'commander';
import { integerBetween, numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';

const examples = `
Example:
  sashimi bench rollback models/zoo/shore --json`;

interface Flags {
  readonly repeats: number;
  readonly block: number;
  readonly lookAhead: number;
  readonly json?: boolean;
}

export function benchRollbackCommand(): Command {
  return new Command('rollback')
    .summary('what a control change costs that reaches back')
    .description('Measures snapshots, and how long a stream takes to step again after a control change.')
    .argument('<BUNDLE>', 'bundle folder')
    .option('--repeats <N>', 'control changes', integerBetween(1, 10_000), 200)
    .option('--block <FRAMES>', 'frames per read, at the rate of the model', integerBetween(1, 4096), 85)
    .option('--look-ahead <MS>', 'look-ahead without rollback', numberBetween(2, 1000), 16)
    .option('--json', 'for machines')
    .addHelpText('after', examples)
    .action(async (folder: string, flags: Flags) => {
      const { benchRollback } = await import('../bench-rollback.js');
      const result = await benchRollback(folder, { ...flags, lookAheadMs: flags.lookAhead });
      if (flags.json) return printJson(result);
      const ms = ({ median, worst }: { median: number; worst: number }): string =>
        `${median.toFixed(3)} ms, worst ${worst.toFixed(3)}`;
      printLine(`${result.bundle}: ${result.verdict}, load ${result.load.toFixed(2)}, ${result.scheduling}`);
      printLine(`snapshot of ${(result.snapshotBytes / 1e6).toFixed(2)} MB: ${ms(result.snapshotMs)}`);
      printLine(`restore: ${ms(result.restoreMs)}`);
      printLine(`${result.rollbacks} rollbacks of ${result.framesPerRollback.toFixed(0)} frames each`);
      printLine(`${result.lateRollbacks} late, ${result.xruns} xruns`);
      printLine(
        `back at the old state after ${ms(result.wentBackMs)}; ring full again ${ms(result.refilledMs)}`,
      );
    });
}
