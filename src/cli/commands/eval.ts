import { Command } from 'commander';
import { evalLongCommand } from './eval-long.js';
import { evalNotesCommand } from './eval-notes.js';
import { evalStatesCommand } from './eval-states.js';
import { evalTextureCommand } from './eval-texture.js';
import { evalVoiceCommand } from './eval-voice.js';
import { evalWordsCommand } from './eval-words.js';

export function evalCommand(): Command {
  return new Command('eval')
    .summary('measure how well a model does what it should')
    .description('Measures the sound of models: whether they do what they are told, and whether they last.')
    .addCommand(evalNotesCommand())
    .addCommand(evalTextureCommand())
    .addCommand(evalWordsCommand())
    .addCommand(evalVoiceCommand())
    .addCommand(evalStatesCommand())
    .addCommand(evalLongCommand());
}
