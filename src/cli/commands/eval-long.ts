import { Command, Option } from 'commander';
import { playingText } from '../eval/bundle-sampling.js';
import type { LongEvalOptions, LongReport } from '../eval/long.js';
import { classWeights, numberBetween, weightsText } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { seedsOption } from './seeds-option.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
A model that makes ten good seconds may fall silent, grow loud or turn to noise in ten minutes. This plays it on and
says, for stretches of 0.1 s: the levels below which 5, 50 and 95 % of them lie, the drift of the level (a line through
all that is not silent), the share that is silent (below -60 dBFS); and how far the spectrum of the last fifth is from
that of the first, how many samples are clipped, and how often the watchdog had to bring the model back. The picture
shows level and spectrum over the whole time. docs/eval.md has it all in detail.

Examples:
  sashimi eval long models/zoo/piano --minutes 10 --out piano-long
  sashimi eval long models/zoo/keys --minutes 10 --notes random --seed 1 --seed 2 --json
  sashimi eval long models/zoo/textures --classes wind=0.7,birds=0.3`;

type LongFlags = Omit<LongEvalOptions, 'onProgress' | 'seeds'> & {
  readonly seed?: readonly number[];
  readonly json?: boolean;
};

export function evalLongCommand(): Command {
  return new Command('long')
    .summary('what becomes of a model that plays on and on')
    .description('Has a model play for minutes, and measures whether its level and its spectrum last.')
    .argument('<BUNDLE>', 'bundle folder')
    .option('--minutes <N>', 'of sound for each seed', numberBetween(0.05, 1440), 10)
    .addOption(seedsOption('of a run'))
    .addOption(
      new Option(
        '--notes <KIND>',
        'random: notes, words or phones, as the model takes them (default: none of notes, random words or phones)',
      ).choices(['none', 'random']),
    )
    .option(
      '--classes <WEIGHTS>',
      'such as wind=0.7,birds=0.3; none, or cycle: each class alone for 10 s in turn (default: cycle)',
      classWeights,
    )
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .option(
      '--guidance <W>',
      'how closely its inputs are followed (default: as the bundle says, or 1)',
      numberBetween(0, 10),
    )
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--out <DIR>', 'leave the sound and a picture of each run there')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: LongFlags) => {
      const { evalLong } = await import('../eval/long.js');
      const progress = showProgressWithTime('Playing');
      try {
        const seeds = flags.seed ?? [1];
        const report = await evalLong(folder, { ...flags, seeds, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show(report: LongReport): void {
  const { bundle, stepper, notes, classes, runs } = report;
  const weights = typeof classes === 'string' ? classes : weightsText(classes);
  printLine(`${bundle}: ${stepper}, ${playingText(report)}, notes ${notes}, classes ${weights}`);
  const head = [
    'seed',
    'seconds',
    '5 % dB',
    '50 % dB',
    '95 % dB',
    'dB/min',
    'silent',
    'spectrum dB',
    'clipped',
    'runaways',
    'speed',
  ];
  const decimals = (value: number | null, digits: number): string =>
    value === null ? '-' : value.toFixed(digits);
  const rows = runs.map((run) => [
    String(run.seed),
    String(run.seconds),
    ...[run.percentilesDb.p5, run.percentilesDb.p50, run.percentilesDb.p95].map((db) => db.toFixed(1)),
    decimals(run.driftDbPerMinute, 2),
    `${(100 * run.silentShare).toFixed(1)} %`,
    decimals(run.spectralDriftDb, 1),
    String(run.clippedSamples),
    String(run.runaways),
    `${run.realTimeFactor.toFixed(1)} x`,
  ]);
  for (const line of textTable([head, ...rows])) printLine(line);
}
