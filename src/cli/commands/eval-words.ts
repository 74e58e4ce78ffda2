import { Command } from 'commander';
import { playingText } from '../eval/bundle-sampling.js';
import type { WordScores, WordsEvalOptions, WordsReport } from '../eval/words.js';
import { integerBetween, numberBetween, seed } from '../option-values.js';
import { showProgressWithTime } from '../progress-time.js';
import { out, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
The model says each word many times, from its start token on, and a small classifier that was trained on people says
which word it hears. The classifier makes mistakes of its own: beside the model stand clips of people whom neither of the
two has heard before. FID, IS, mIS and AM are the scores by which generated speech is compared in the SaShiMi paper
(Goel et al. 2022), with this classifier: to be compared with each other, not with those of other classifiers.
docs/eval.md has it all in detail.

Needs the optional package onnxruntime-node.

Examples:
  sashimi eval words models/zoo/words --out words-said
  sashimi eval words models/zoo/words --clips 50 --top-p 0.8 --json`;

type WordsFlags = Omit<WordsEvalOptions, 'onProgress'> & { readonly json?: boolean };

export function evalWordsCommand(): Command {
  return new Command('words')
    .summary('whether a model says the words that it is told')
    .description('Has a model say its words, and measures which of them a classifier hears.')
    .argument('<BUNDLE>', 'bundle folder of a model that words steer')
    .option('--clips <N>', 'of each word', integerBetween(1, 10_000), 20)
    .option('--seed <N>', 'of the first clip; the next ones follow', seed, 1)
    .option('--temperature <T>', "of the model's draws (default: as its bundle says)", numberBetween(0, 4))
    .option('--top-p <P>', 'nucleus (default: as the bundle says)', numberBetween(0.01, 1))
    .option(
      '--guidance <W>',
      'how closely its inputs are followed (default: as the bundle says, or 1)',
      numberBetween(0, 10),
    )
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--held-out <DIR>', 'clips of people (default: held-out, in the bundle)')
    .option('--out <DIR>', 'leave the clips and a picture of what was heard there')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: WordsFlags) => {
      const { evalWords } = await import('../eval/words.js');
      const progress = showProgressWithTime('Measuring');
      try {
        const report = await evalWords(folder, { ...flags, onProgress: progress.update });
        progress.end();
        if (flags.json) printJson(report);
        else show(report);
      } finally {
        progress.end();
      }
    });
}

function show(report: WordsReport): void {
  const { bundle, stepper, realTimeFactor, labels, model, heldOut, classifier } = report;
  printLine(`${bundle}: ${stepper}, ${playingText(report)}, ${realTimeFactor.toFixed(1)} x real time`);
  printLine(
    `classifier: right in ${percent(classifier.heldOutAccuracy)} of the clips of people whom it was not trained on`,
  );
  printLine();
  for (const line of confusionTable(labels, model.confusion)) printLine(line);
  printLine();
  const head = ['', 'clips', 'right', 'FID', 'IS', 'mIS', 'AM'];
  const rows = [['model', ...cells(model)]];
  if (heldOut !== null) rows.push(['people', ...cells(heldOut)]);
  for (const line of textTable([head, ...rows])) printLine(line);
  if (heldOut === null) printLine('There are no clips of people to hold it against: see --held-out.');
}

function cells({ clips, accuracy, fid, is, mis, am }: WordScores): string[] {
  // mIS spreads over magnitudes.
  const spread = mis < 1000 ? mis.toFixed(2) : mis.toExponential(1);
  return [String(clips), percent(accuracy), fid.toFixed(2), is.toFixed(2), spread, am.toFixed(2)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Rows: what was asked for; columns: what was heard. */
function confusionTable(labels: readonly string[], confusion: WordScores['confusion']): string[] {
  const width = Math.max(5, ...labels.map((label) => label.length));
  const line = (first: string, rest: readonly string[]): string =>
    [first.padEnd(width), ...rest].join('  ').trimEnd();
  const rows = labels.map((label, asked) =>
    line(
      label,
      confusion[asked]!.map((count, heard) => {
        const text = (count === 0 ? '.' : String(count)).padStart(width);
        if (count === 0) return out.style('dim', text);
        return out.style(asked === heard ? 'green' : 'red', text);
      }),
    ),
  );
  const head = line(
    'asked',
    labels.map((label) => label.padStart(width)),
  );
  return [head, ...rows];
}
