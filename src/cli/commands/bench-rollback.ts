import { Command } from 'commander';
import type { Spread } from '../bench/spread.js';
import { printJson, printLine } from '../terminal.js';
import { forNativeBundle, forStream } from './bench-options.js';

const explanation = `
Only the native stepper goes back: the stream of any other says so in its status, and keeps its look-ahead short.

Example:
  sashimi bench rollback models/zoo/shore --json`;

interface RollbackFlags {
  readonly repeats: number;
  readonly block: number;
  readonly lookAhead: number;
  readonly json?: boolean;
}

export function benchRollbackCommand(): Command {
  const command = forNativeBundle(new Command('rollback'), { count: 200, description: 'control changes' });
  return forStream(command)
    .summary('what a control change costs that reaches back')
    .description('Measures snapshots, and how long a stream takes to step again after a control change.')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: RollbackFlags) => {
      const { benchRollback } = await import('../bench/rollback.js');
      const result = await benchRollback(folder, { ...flags, lookAheadMs: flags.lookAhead });
      if (flags.json) return printJson(result);
      const ms = ({ median, worst }: Spread): string => `${median.toFixed(3)} ms, worst ${worst.toFixed(3)}`;
      printLine(`${result.bundle}: ${result.path}; ${result.reason}`);
      printLine(`${result.verdict}, load ${result.load.toFixed(2)}, ${result.scheduling} scheduling`);
      printLine(`snapshot of ${(result.snapshotBytes / 1e6).toFixed(2)} MB: ${ms(result.snapshotMs)}`);
      printLine(`restore: ${ms(result.restoreMs)}`);
      printLine(`${result.rollbacks} rollbacks of ${result.framesPerRollback.toFixed(0)} frames each`);
      printLine(`${result.lateRollbacks} late, ${result.xruns} xruns`);
      printLine(
        `back at the old state after ${ms(result.wentBackMs)}; ring full again ${ms(result.refilledMs)}`,
      );
    });
}
