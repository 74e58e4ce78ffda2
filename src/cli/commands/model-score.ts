import { Command, Option } from 'commander';
import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import { collect } from '../option-values.js';
import { showProgress } from '../progress.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
Bits per sample is how surprised the model is by each sample, in the mean: 8 is no idea at all, less is better.
Files are mixed to mono and brought to the rate of the model. All conditioning is dropped.

A model that is steered by notes is scored without any, unless a MIDI file for each recording says them. Both begin
together: sashimi eval notes --out leaves true recordings of MIDI files.

Examples:
  sashimi model score models/zoo/shore waves.wav
  sashimi model score models/zoo/keys sonata.wav --midi sonata.mid`;

interface ScoreFlags {
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly scaling: 'none' | 'clip';
  readonly midi: readonly string[];
  readonly json?: boolean;
}

export function modelScoreCommand(): Command {
  return new Command('score')
    .summary('how well a model predicts recordings')
    .description('Prints how many bits per sample a model needs for recordings that it has not heard.')
    .argument('<BUNDLE>', 'bundle folder')
    .argument('<AUDIO...>', 'WAV files; FLAC files where the program flac is installed')
    .addOption(stepperOption())
    .addOption(providerOption())
    .addOption(
      new Option(
        '--scaling <KIND>',
        'none: as it stands; clip: each file to full range, as the official code does',
      )
        .choices(['none', 'clip'])
        .default('none'),
    )
    .option('--midi <FILE>', 'the notes of a recording; once for each, in their order', collect, [])
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, files: readonly string[], flags: ScoreFlags) => {
      const { scoreFiles } = await import('../score-files.js');
      const progress = showProgress('Scoring');
      try {
        const result = await scoreFiles(folder, files, {
          ...flags,
          onProgress: (share, file) => progress.update(share, 1, file),
        });
        progress.end();
        if (flags.json) return printJson(result);
        const rows = result.files.map(({ file, bitsPerSample, frames }) => [
          bitsPerSample.toFixed(3),
          file,
          `${frames} frames`,
        ]);
        for (const line of textTable([...rows, [result.bitsPerSample.toFixed(3), 'all']])) printLine(line);
        if (result.dropped.length > 0)
          printLine(`without conditioning: ${result.dropped.join(', ')} dropped`);
      } finally {
        progress.end();
      }
    });
}
