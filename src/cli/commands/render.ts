import { Command, Option } from 'commander';
import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import type { RecordedInput } from '../../audio-input/index.js';
import { playDefaults } from '../../process/play-options.js';
import { collect, collectInput, integerBetween, numberBetween, sampleRate, seed } from '../option-values.js';
import { showProgress } from '../progress.js';
import { printJson, printLine } from '../terminal.js';
import { providerOption, stepperOption } from './stepper-option.js';

const examples = `
PRESET is a name from presets/ or the path of a patch. The same preset, seed, bundle and stepper give the same bytes.
The file says in its metadata that a model made it, and which.

Examples:
  sashimi render shore --seconds 10 --seed 1 --out shore.wav
  sashimi render my.json --seconds 60 --seed 7 --out long.wav --bit-depth 32f --sample-rate 96000
  sashimi render my.json --seconds 20 --out again.wav --input microphone=take.wav`;

interface RenderFlags {
  readonly seconds: number;
  readonly out: string;
  readonly seed: number;
  readonly bitDepth: '16' | '24' | '32f';
  readonly sampleRate: number;
  readonly channels: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly plugin: readonly string[];
  readonly input: readonly RecordedInput[];
  readonly json?: boolean;
}

export function renderCommand(): Command {
  return new Command('render')
    .summary('render a preset to a file')
    .description('Renders a preset to a WAV file, as fast as the machine can. Writes all of it or nothing.')
    .argument('<PRESET>', 'preset name or path of a patch')
    .requiredOption('--seconds <N>', 'length', numberBetween(0.001, 86_400))
    .requiredOption('--out <FILE>', 'the WAV file to write')
    .option('--seed <N>', 'the same seed, the same sound', seed, playDefaults.seed)
    .addOption(new Option('--bit-depth <BITS>', 'of the file').choices(['16', '24', '32f']).default('24'))
    .option('--sample-rate <HZ>', 'of the file', sampleRate, playDefaults.sampleRate)
    .option('--channels <N>', 'of the file', integerBetween(1, 64), playDefaults.channels)
    .addOption(stepperOption())
    .addOption(providerOption())
    .option(
      '--input <[NODE=]FILE>',
      'audio file that an audio-in node hears, or all of them; may be repeated',
      collectInput,
      [],
    )
    .option('--plugin <NAME>', 'npm package that adds node types; may be repeated', collect, [])
    .option('--json', 'for machines')
    .addHelpText('after', examples)
    .action(async (preset: string, flags: RenderFlags) => {
      const { renderToFile } = await import('../render-to-file.js');
      const progress = showProgress(`Rendering ${preset}`);
      try {
        const request = { ...flags, plugins: flags.plugin, inputs: flags.input };
        const report = await renderToFile(preset, request, (share) => progress.update(share, 1));
        progress.end();
        if (flags.json) return printJson(report);
        const level = report.peakDb === null ? 'silent' : `peak ${report.peakDb.toFixed(1)} dB`;
        const format = `${report.sampleRate} Hz, ${report.channels} channels`;
        printLine(
          `${report.file}: ${report.seconds} s, ${format}, ${level}; ${report.realTimeFactor.toFixed(1)} times real time`,
        );
      } finally {
        progress.end();
      }
    });
}
