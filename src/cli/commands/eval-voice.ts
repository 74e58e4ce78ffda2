import { Command } from 'commander';
import type { SpeechScores } from '../../eval/speech-scores.js';
import { playingText } from '../eval/bundle-sampling.js';
import type { VoiceEvalOptions, VoiceReport, VoiceScores } from '../eval/voice.js';
import { numberBetween, seed } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
The model says utterances of which there is a true rendering with the same phones at the same times and the same pitch.
Its sound is laid along the true one: "time" says how far boundaries between phones are from where they should be, in ms.
A pitch tracker says how far it is from the pitch that was asked for, in cents, how often within 50, and how often it hears
any. "dB" is the mel-cepstral distortion. Beside the model stands the true rendering, through the bundle's quantiser:
what the measures themselves get wrong; and "wrong" is what the model says held against another text and another melody: what
chance gives. docs/eval.md has it all in detail.

Examples:
  sashimi eval voice models/zoo/voice --out voice-said
  sashimi eval voice models/zoo/voice --seed 7 --temperature 0.8 --json`;

type VoiceFlags = Omit<VoiceEvalOptions, 'onProgress'> & { readonly json?: boolean };

export function evalVoiceCommand(): Command {
  return new Command('voice')
    .summary('whether a model says what it is told, when and how high')
    .description(
      'Has a model speak and sing, and measures the times of its phones, its pitch and its colour.',
    )
    .argument('<BUNDLE>', 'bundle folder of a model that speech steers')
    .option('--seed <N>', 'of the first utterance; the next ones follow', seed, 1)
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .option(
      '--guidance <W>',
      'how closely its inputs are followed (default: as the bundle says, or 1)',
      numberBetween(0, 10),
    )
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--held-out <DIR>', 'utterances and their true renderings (default: held-out, in the bundle)')
    .option('--out <DIR>', 'leave the sounds and a picture of each utterance there')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: VoiceFlags) => {
      const { evalVoice } = await import('../eval/voice.js');
      const progress = showProgressWithTime('Measuring');
      try {
        const report = await evalVoice(folder, { ...flags, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show(report: VoiceReport): void {
  const { bundle, stepper, realTimeFactor, all, bySpeaker, utterances } = report;
  printLine(`${bundle}: ${stepper}, ${playingText(report)}, ${realTimeFactor.toFixed(1)} x real time`);
  const head = ['', '', 'ends', 'time ms', '90 %', 'rows', 'cents', 'right', 'heard', 'dB'];
  const rows = [
    ...utterances.flatMap((one) => rowsOf(one.utterance, one)),
    ...Object.entries(bySpeaker).flatMap(([speaker, scores]) => rowsOf(speaker, scores)),
    ...rowsOf('all', all),
  ];
  for (const line of textTable([head, ...rows])) printLine(line);
}

function rowsOf(name: string, { model, truth, wrong }: VoiceScores): string[][] {
  return [
    [name, 'model', ...cells(model)],
    ['', 'truth', ...cells(truth)],
    ['', 'wrong', ...cells(wrong)],
  ];
}

function cells(scores: SpeechScores): string[] {
  const decimals = (value: number | null): string => (value === null ? '-' : value.toFixed(1));
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    String(scores.boundaries),
    decimals(scores.timeMedianMs),
    decimals(scores.time90Ms),
    String(scores.pitchRows),
    decimals(scores.pitchMedianCents),
    percent(scores.pitchRight),
    percent(scores.pitchFound),
    decimals(scores.distortionDb),
  ];
}
