import { Command } from 'commander';
import type { TextureEvalOptions, TextureReport } from '../eval/texture.js';
import { numberBetween, seed } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { out, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
The model plays each of its classes alone. The table says how far that is from real sound of every class that was kept out of
training: the log-mel Frechet distance, which sees how strong each band is and how bands move together, not when what
happens. Each class should be nearest to its own. The floor is the distance between two halves of the real sound. Then each class is
mixed half and half with the next: the mix should be a steady sound, with no hole in it.
docs/eval.md has it all in detail.

Examples:
  sashimi eval texture models/zoo/textures --out textures-made
  sashimi eval texture models/zoo/textures --seconds 30 --temperature 1 --json`;

type TextureFlags = Omit<TextureEvalOptions, 'onProgress'> & { readonly json?: boolean };

export function evalTextureCommand(): Command {
  return new Command('texture')
    .summary('whether each class of a model is the sound that it is called')
    .description('Has a model play its classes, and measures which real sounds they are like.')
    .argument('<BUNDLE>', 'bundle folder of a model that has classes')
    .option('--seconds <N>', 'of each class and each mix', numberBetween(1, 3600), 10)
    .option('--seed <N>', 'of the first sound; the next ones follow', seed, 1)
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--held-out <DIR>', 'real sound of each class (default: held-out, in the bundle)')
    .option('--out <DIR>', 'leave the sounds and a picture there')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: TextureFlags) => {
      const { evalTexture } = await import('../eval/texture.js');
      const progress = showProgressWithTime('Measuring');
      try {
        const report = await evalTexture(folder, { ...flags, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show(report: TextureReport): void {
  const { bundle, stepper, temperature, topP, seconds, realTimeFactor, labels, distances, real } = report;
  printLine(
    `${bundle}: ${stepper}, temperature ${temperature}, nucleus ${topP}, ${seconds} s of each, ${realTimeFactor.toFixed(1)} x real time`,
  );
  printLine();
  for (const line of distanceTable(labels, distances, real)) printLine(line);
  printLine();
  printLine(`${report.nearestOwn} of ${labels.length} classes are nearest to their own held-out sound`);
  printLine();
  const rows = report.mixes.map((mix) => [
    mix.labels.join(' + '),
    mix.levelDb.toFixed(1),
    mix.leastDb.toFixed(1),
    ...mix.distances.map((distance) => distance.toFixed(1)),
  ]);
  if (rows.length > 0) {
    const head = ['half and half', 'level dB', 'least dB', 'to the first', 'to the second'];
    for (const line of textTable([head, ...rows])) printLine(line);
  }
}

/** Rows: what was asked for; columns: held-out sounds; last, the floor. */
function distanceTable(
  labels: readonly string[],
  distances: TextureReport['distances'],
  real: TextureReport['real'],
): string[] {
  const width = Math.max(6, ...labels.map((label) => label.length));
  const line = (cells: readonly string[]): string => cells.join('  ').trimEnd();
  const head = line([
    'asked'.padEnd(width),
    ...labels.map((label) => label.padStart(width)),
    'floor'.padStart(width),
  ]);
  const rows = labels.map((label, i) => {
    const nearest = Math.min(...distances[i]!);
    const cells = distances[i]!.map((distance, j) => {
      const text = distance.toFixed(1).padStart(width);
      if (distance === nearest) return out.style(i === j ? 'green' : 'red', text);
      return i === j ? text : out.style('dim', text);
    });
    return line([label.padEnd(width), ...cells, real[i]![i]!.toFixed(1).padStart(width)]);
  });
  return [head, ...rows];
}
