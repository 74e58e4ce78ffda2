import { Command } from 'commander';
import { evalLongCommand } from './eval-long.js';
import { evalNotesCommand } from './eval-notes.js';

export function evalCommand(): Command {
  return new Command('eval')
    .summary('measure how well a model does what it should')
    .description(
      'Measures the sound of models: whether they play the notes that they are told, and whether they last.',
    )
    .addCommand(evalNotesCommand())
    .addCommand(evalLongCommand());
}
