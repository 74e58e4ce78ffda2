import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import type { BenchReport } from '../bench/all.js';
import { integerBetween } from '../option-values.js';
import { err, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

const explanation = `
This is what "npm run bench" runs; it takes about two minutes for the models of the zoo, and half a minute for each
further one. Leave the machine alone meanwhile. The voices of each bundle that play in real time on one core are
voicesInRealTime. With --markdown the tables are those of docs/performance.md.

Examples:
  sashimi bench all --out bench.json
  sashimi bench all my-model --markdown`;

interface AllFlags {
  readonly out: string;
  readonly count: number;
  readonly repeats: number;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

export function benchAllCommand(): Command {
  return new Command('all')
    .summary('everything, on all models')
    .description('Runs all measurements on the models of the zoo and on those that are given.')
    .argument('[BUNDLES...]', 'more bundle folders')
    .option('--out <FILE>', 'the figures, as JSON', '.cache/bench.json')
    .option('--count <N>', 'packets of each measurement of latency', integerBetween(1, 100_000), 100)
    .option('--repeats <N>', 'measurements, of which the middle one counts', integerBetween(1, 1000), 5)
    .option('--markdown', 'tables for a document')
    .option('--json', 'for machines, on standard output too')
    .addHelpText('after', explanation)
    .action(async (more: string[], flags: AllFlags) => {
      const { benchAll, zooBundles } = await import('../bench/all.js');
      const report = await benchAll({
        bundles: [...zooBundles(), ...more],
        count: flags.count,
        repeats: flags.repeats,
        onStep: (text) => err.write(`Measuring ${text}\n`),
      });
      await mkdir(dirname(flags.out), { recursive: true });
      await writeFile(flags.out, `${JSON.stringify(report, undefined, 2)}\n`);
      if (flags.json) return printJson(report);
      await show(report, flags.markdown === true);
      err.write(`All figures are in ${flags.out}\n`);
    });
}

async function show(report: BenchReport, isMarkdown: boolean): Promise<void> {
  const { describeCore } = await import('../bench/core-limits.js');
  const { reportTables } = await import('../bench/report-tables.js');
  const { markdownTable } = await import('../docs/markdown.js');
  const { machine } = report;
  printLine(
    `${report.date}, sashimi-live ${report.version}, ${machine.cpu}, ${machine.threads} threads, ${machine.system}, node ${machine.node}, load average ${machine.loadAverage.toFixed(2)}`,
  );
  printLine(describeCore(report.core));
  for (const { title, rows } of reportTables(report)) {
    printLine();
    printLine(isMarkdown ? `### ${title}\n` : title);
    const [head = [], ...body] = rows;
    for (const line of isMarkdown ? markdownTable(head, body) : textTable(rows)) printLine(line);
  }
}
