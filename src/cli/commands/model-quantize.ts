import { Command, Option } from 'commander';
import type { QuantisedFormat } from '../../../models/index.js';
import { numberBetween } from '../option-values.js';
import { showProgress } from '../progress.js';
import type { QuantiseReport } from '../quantise-model.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

const explanation = `
bf16  half the size, and no difference that one hears
int8  a third of the size: the one to take when in doubt
int4  a quarter of the size. Its rounding is calibrated on sound, matrix by matrix: half a minute for the models of the
      zoo, three for a large one

Only matrices are rounded. The result is a bundle like any other and plays wherever bundles play; the trained
parameters that export needs stay with the original.

Bits per sample tells what the rounding cost: how much more surprised the model is by each sample. Name recordings that
the model has not been trained on. int4 calibrates on the first half of each recording and scores the second, unless
--calibrate names others (a minute of training material is best). Without recordings the model plays for itself.

Example:
  sashimi model quantize models/zoo/piano --weights int8 --out piano-int8
  sashimi model quantize my-model --weights int4 --audio held-out.wav --calibrate training/*.wav --out my-model-int4`;

interface QuantizeFlags {
  readonly weights: QuantisedFormat;
  readonly out: string;
  readonly name?: string;
  readonly audio?: readonly string[];
  readonly calibrate?: readonly string[];
  readonly seconds: number;
  readonly json?: boolean;
}

export function modelQuantizeCommand(): Command {
  return new Command('quantize')
    .summary('make a model smaller')
    .description(
      'Rounds the matrices of a bundle to fewer bits and writes it as a new bundle: all of it or nothing. Tells size, bits per sample and speed, before and after.',
    )
    .argument('<BUNDLE>', 'bundle folder')
    .addOption(
      new Option('--weights <FORMAT>', 'format of the matrices')
        .choices(['bf16', 'int8', 'int4'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <DIR>', 'folder to write; must not exist yet')
    .option('--name <NAME>', 'of the new bundle (default: the old name and the format)')
    .option('--audio <FILES...>', 'recordings to score before and after: WAV, FLAC where flac is installed')
    .option('--calibrate <FILES...>', 'recordings to calibrate int4 on')
    .option('--seconds <N>', 'of each recording to score, from its middle', numberBetween(0.1, 3600), 30)
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: QuantizeFlags) => {
      const { quantiseModel } = await import('../quantise-model.js');
      const progress = showProgress('Quantising');
      try {
        const report = await quantiseModel(folder, {
          ...flags,
          audio: flags.audio ?? [],
          calibrate: flags.calibrate ?? [],
          onProgress: (share, what) => progress.update(share, 1, what),
        });
        progress.end();
        if (flags.json) return printJson(report);
        for (const line of textTable(rowsOf(report))) printLine(line);
        if (report.calibratedOn) printLine(`calibrated on ${report.calibratedOn}`);
        printLine(
          `bits per sample of ${report.scoredOn}; speed in times real time, ${report.stepper} stepper`,
        );
      } finally {
        progress.end();
      }
    });
}

function rowsOf(report: QuantiseReport): string[][] {
  const { bytesBefore, bytesAfter, bitsPerSampleBefore, bitsPerSampleAfter } = report;
  const cells = (name: string, bytes: number, bits: number, speed: number) => [
    name,
    `${(bytes / 1e6).toFixed(2)} MB`,
    bits.toFixed(4),
    speed.toFixed(2),
  ];
  const worse = bitsPerSampleAfter - bitsPerSampleBefore;
  return [
    ['', 'weights', 'bits per sample', 'speed'],
    cells(report.bundle, bytesBefore, bitsPerSampleBefore, report.realTimeFactorBefore),
    cells(report.quantised, bytesAfter, bitsPerSampleAfter, report.realTimeFactorAfter),
    [
      '',
      `${(100 * (1 - bytesAfter / bytesBefore)).toFixed(1)} % smaller`,
      `${worse < 0 ? '' : '+'}${worse.toFixed(4)}`,
      `x ${(report.realTimeFactorAfter / report.realTimeFactorBefore).toFixed(2)}`,
    ],
  ];
}
