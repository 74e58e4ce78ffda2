import { Command } from 'commander';
import { evalLongCommand } from './eval-long.js';
import { evalNotesCommand } from './eval-notes.js';
import { evalStatesCommand } from './eval-states.js';

export function evalCommand(): Command {
  return new Command('eval')
    .summary('measure how well a model does what it should')
    .description(
      'Measures the sound of models: whether they play the notes that they are told, whether they last, and what becomes of their states.',
    )
    .addCommand(evalNotesCommand())
    .addCommand(evalLongCommand())
    .addCommand(evalStatesCommand());
}
