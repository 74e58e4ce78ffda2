import { Command } from 'commander';
import type { StatesEvalOptions, StatesReport } from '../eval/states.js';
import { integerBetween, numberBetween } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { stepperOption } from './stepper-option.js';

const explanation = `
The memory of a model can be kept, mixed and held while it plays. The first table says what follows a mixture of two
states, by the way in which they are mixed: the level, and how surprising the model finds its own samples (bits each) in
the first 50 ms and later. The second says what holding a state does: how much the sound still moves, and how far it has
gone from where it was. docs/state.md has it all in detail.

Examples:
  sashimi eval states models/zoo/shore
  sashimi eval states models/zoo/piano --pairs 16 --json`;

type StatesFlags = Omit<StatesEvalOptions, 'onProgress'> & { readonly json?: boolean };

export function evalStatesCommand(): Command {
  return new Command('states')
    .summary('what mixing and holding the states of a model does to its sound')
    .description('Mixes and holds states of a model, and measures level and surprise of what follows.')
    .argument('<BUNDLE>', 'bundle folder')
    .option('--pairs <N>', 'of states, over which figures are means', integerBetween(1, 1000), 8)
    .option(
      '--seconds <N>',
      'of sound for each figure; four times that for a held one',
      numberBetween(0.2, 600),
      3,
    )
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .addOption(stepperOption())
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: StatesFlags) => {
      const { evalStates } = await import('../eval/states.js');
      const progress = showProgressWithTime('Mixing');
      try {
        const report = await evalStates(folder, { ...flags, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show({ bundle, stepper, pairs, mixes, holds }: StatesReport): void {
  printLine(`${bundle}: ${stepper}, ${pairs} pairs`);
  const mixRows = mixes.map(({ mixing, position, levelDb, firstBits, laterBits }) => [
    mixing,
    position.toFixed(2),
    levelDb.toFixed(1),
    firstBits.toFixed(2),
    laterBits.toFixed(2),
  ]);
  for (const line of textTable([['mixing', 'position', 'level dB', 'first bits', 'later bits'], ...mixRows]))
    printLine(line);
  printLine('');
  const holdRows = holds.map(({ tiers, everyMs, levelDb, bits, spreadDb, distanceDb }) => [
    tiers,
    tiers === 'none' ? '-' : String(everyMs),
    levelDb.toFixed(1),
    bits.toFixed(2),
    spreadDb.toFixed(2),
    distanceDb.toFixed(2),
  ]);
  for (const line of textTable([
    ['held tiers', 'every ms', 'level dB', 'bits', 'moves dB', 'away dB'],
    ...holdRows,
  ]))
    printLine(line);
}
