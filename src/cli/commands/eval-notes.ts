import { Command, InvalidArgumentError, Option } from 'commander';
import { BUILT_INS, type BuiltIn } from '../../eval/material.js';
import { playingText } from '../eval/bundle-sampling.js';
import { DEFAULT_SOUND_FONT, RECIPE_GAIN } from '../eval/fluidsynth.js';
import type { NotesEvalOptions, NotesReport, SoundScores } from '../eval/notes.js';
import { numberBetween, seed } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { providerOption, stepperOption } from './stepper-option.js';

const names = Object.keys(BUILT_INS) as BuiltIn[];

const explanation = `
The model plays the notes, a detector says which onsets it hears in that, and these are compared with what was asked
for: an onset counts as found when one of the same key lies within 50 ms. The detector makes mistakes of its own, so
two more figures stand beside: "truth" is the same measure on a true rendering of the same notes by fluidsynth, the
most that a model can reach; "wrong" is F1 against the same rhythm a tritone away, what chance gives. Pitch is the share
of right keys among the onsets that are in time; level is the correlation of found and asked level in dB, and the mean
error once a constant difference is taken away. docs/eval.md has it all in detail.

Built-in material:
${names.map((name) => `  ${name.padEnd(10)} ${BUILT_INS[name]}`).join('\n')}

Examples:
  sashimi eval notes models/zoo/keys sonata.mid --seconds 20 --out keys-notes
  sashimi eval notes models/zoo/keys --builtin chromatic --builtin chords --json
  sashimi eval notes models/zoo/keys sonata.mid --model-audio other-model.wav`;

type NotesFlags = Omit<NotesEvalOptions, 'onProgress'> & { readonly json?: boolean };

export function evalNotesCommand(): Command {
  return new Command('notes')
    .summary('whether a model plays the notes that it is told')
    .description('Has a model play notes, and measures which of them can be heard in what it made.')
    .argument('<BUNDLE>', 'bundle folder of a model that notes steer')
    .argument('[MIDI...]', 'MIDI files')
    .addOption(
      new Option('--builtin <NAME>', 'notes that nobody wrote; may be given several times')
        .argParser((text: string, before: readonly BuiltIn[]) => [...before, builtInNamed(text)])
        .default([], 'none'),
    )
    .option('--seconds <N>', 'of each piece, at most', numberBetween(1, 3600), 30)
    .option('--start <S>', 'second of each piece to begin at', numberBetween(0, 86_400), 0)
    .option('--seed <N>', 'of the model, and of built-in notes', seed, 1)
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .option(
      '--guidance <W>',
      'how closely its inputs are followed (default: as the bundle says, or 1)',
      numberBetween(0, 10),
    )
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--soundfont <FILE>', 'what fluidsynth plays the truth with', DEFAULT_SOUND_FONT)
    .option('--gain <FACTOR>', 'of the truth: as loud as in training', numberBetween(0.01, 100), RECIPE_GAIN)
    .option('--truth <FILE>', 'a true rendering of one excerpt, in place of fluidsynth')
    .option('--model-audio <FILE>', "measure this sound of one excerpt, in place of the model's")
    .option('--out <DIR>', 'leave both sounds and a picture of the notes there, for each piece')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, files: readonly string[], flags: NotesFlags) => {
      const { evalNotes } = await import('../eval/notes.js');
      const progress = showProgressWithTime('Measuring');
      try {
        const report = await evalNotes(folder, files, { ...flags, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function builtInNamed(text: string): BuiltIn {
  const name = names.find((one) => one === text);
  if (name === undefined) throw new InvalidArgumentError(`Expected one of ${names.join(', ')}.`);
  return name;
}

function show(report: NotesReport): void {
  const { bundle, stepper, instrument } = report;
  printLine(`${bundle}: ${stepper}, ${playingText(report)}; truth by ${instrument}`);
  const head = [
    '',
    '',
    'asked',
    'found',
    'precision',
    'recall',
    'F1',
    'wrong',
    'pitch',
    'level',
    'bias dB',
    'error dB',
  ];
  const rows = report.pieces.flatMap(({ piece, model, truth }) => [
    [piece, 'model', ...cells(model)],
    ['', 'truth', ...cells(truth)],
  ]);
  const all = [
    ['all', 'model', ...cells(report.model)],
    ['', 'truth', ...cells(report.truth)],
  ];
  for (const line of textTable([head, ...rows, ...(report.pieces.length > 1 ? all : [])])) printLine(line);
}

function cells({
  asked,
  found,
  precision,
  recall,
  f1,
  wrongNotesF1,
  pitchAccuracy,
  level,
}: SoundScores): string[] {
  const shares = [precision, recall, f1, wrongNotesF1, pitchAccuracy].map((share) => share.toFixed(3));
  const decibels = (value: number | null): string => (value === null ? '-' : value.toFixed(1));
  const { correlation, biasDb, errorDb } = level;
  return [
    String(asked),
    String(found),
    ...shares,
    correlation === null ? '-' : correlation.toFixed(2),
    decibels(biasDb),
    decibels(errorDb),
  ];
}
