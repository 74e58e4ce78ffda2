import { Command, Option } from 'commander';
import type { Levels } from '../../eval/texture-scores.js';
import { playingText } from '../eval/bundle-sampling.js';
import { MIX_CHOICES, type TextureEvalOptions } from '../eval/texture-options.js';
import type { TextureReport } from '../eval/texture-report.js';
import { numberBetween } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { out, printJson, printLine, type Style } from '../terminal.js';
import { textTable } from '../text-table.js';
import { seedsOption } from './seeds-option.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
The model plays each of its classes alone, then pairs of them at half of the power each, and its sound is held against
recordings that it has not heard: the Frechet distance of their log-mel frames, 0 for the same. The first table has the
distances from each class of the model to the recording of each class: the least of a row should be its own. In the second one
"floor" is how far one half of the recording is from the other, so what a model can reach at its best. Levels are those of 100 ms:
a mix is a sound when it has no holes, and is about as far from the mixed recordings as single classes are from theirs. docs/eval.md has
it all in detail.

Examples:
  sashimi eval texture models/zoo/textures --out textures-heard
  sashimi eval texture models/zoo/textures --seed 1 --seed 2 --mixes all --json`;

type TextureFlags = Omit<TextureEvalOptions, 'onProgress' | 'seeds'> & {
  readonly seed?: readonly number[];
  readonly json?: boolean;
};

export function evalTextureCommand(): Command {
  return new Command('texture')
    .summary('whether the classes of a model sound as their recordings do')
    .description(
      'Has a model play its classes, alone and mixed, and measures how far they are from recordings.',
    )
    .argument('<BUNDLE>', 'bundle folder of a model that class weights steer')
    .option('--seconds <N>', 'of each sound and seed', numberBetween(0.2, 3600), 10)
    .addOption(seedsOption('of the sounds, which count together'))
    .addOption(
      new Option('--mixes <PAIRS>', 'classes that are mixed: each with the next one, all pairs, or none')
        .choices(MIX_CHOICES)
        .default('neighbours'),
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
    .option('--held-out <DIR>', 'recordings of the classes (default: held-out, in the bundle)')
    .option('--out <DIR>', 'leave the sounds and pictures of distances and spectra there')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: TextureFlags) => {
      const { evalTexture } = await import('../eval/texture.js');
      const progress = showProgressWithTime('Measuring');
      try {
        const seeds = flags.seed ?? [1];
        const report = await evalTexture(folder, { ...flags, seeds, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show(report: TextureReport): void {
  const { bundle, stepper, seconds, seeds, realTimeFactor, classes, mixes } = report;
  printLine(
    `${bundle}: ${stepper}, ${playingText(report)}, ${seeds.length} x ${seconds} s of each, ${realTimeFactor.toFixed(1)} x real time`,
  );
  printLine(
    `nearest to their own recording: ${percent(report.nearestOwn)} of the classes (halves of recordings: ${percent(report.heldOutNearestOwn)})`,
  );
  printLine();
  for (const line of distanceTable(report)) printLine(line);
  printLine();
  const head = [
    '',
    'distance',
    'floor',
    'nearest',
    'median dB',
    'least dB',
    'recording',
    'least dB',
    'seconds',
  ];
  const rows = classes.map((one, i) => [
    one.label,
    one.distances[i]!.toFixed(1),
    one.heldOutDistances[i]!.toFixed(1),
    one.nearest,
    ...levelCells(one.levels),
    ...levelCells(one.heldOutLevels),
    one.heldOutSeconds.toFixed(1),
  ]);
  for (const line of textTable([head, ...rows])) printLine(line);
  if (mixes.length === 0) return;
  printLine();
  const mixHead = ['half and half', 'distance', 'to each', 'median dB', 'least dB', 'recordings', 'least dB'];
  const mixRows = mixes.map((mix) => [
    mix.labels.join(' + '),
    mix.distance.toFixed(1),
    mix.partDistances.map((distance) => distance.toFixed(0)).join(', '),
    ...levelCells(mix.levels),
    ...levelCells(mix.heldOutLevels),
  ]);
  for (const line of textTable([mixHead, ...mixRows])) printLine(line);
}

function levelCells({ medianDb, leastDb }: Levels): string[] {
  return [medianDb.toFixed(1), leastDb.toFixed(1)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Rows: what the model plays; columns: the recordings. The least of each row stands out. */
function distanceTable({ labels, classes }: TextureReport): string[] {
  const width = Math.max(6, ...labels.map((label) => label.length));
  const line = (first: string, rest: readonly string[]): string =>
    [first.padEnd(width), ...rest].join(' ').trimEnd();
  const rows = classes.map(({ label, distances, nearest }) =>
    line(
      label,
      distances.map((distance, column) => {
        const text = distance.toFixed(1).padStart(width);
        return out.style(styleOf(labels[column]!, label, nearest), text);
      }),
    ),
  );
  const head = line(
    'model',
    labels.map((label) => label.padStart(width)),
  );
  return [head, ...rows];
}

function styleOf(column: string, row: string, nearest: string): Style {
  if (column === nearest) return column === row ? 'green' : 'red';
  return column === row ? 'yellow' : 'dim';
}
