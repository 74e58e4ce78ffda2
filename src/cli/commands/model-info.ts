import { Command } from 'commander';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

const explanation = `
Parameters are those that were trained. The speed is an estimate over a moment of this machine; bench stepper measures it.`;

export function modelInfoCommand(): Command {
  return new Command('info')
    .summary('show what a bundle is')
    .description(
      'Checks a bundle, its hash and its tensors included, and shows what it is, what it costs, and where it came from.',
    )
    .argument('<BUNDLE>', 'bundle folder')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: { json?: boolean }) => {
      const { loadBundle } = await import('../../../models/index.js');
      const { reportModel, reportRows } = await import('../model-report.js');
      const report = await reportModel(await loadBundle(folder));
      if (flags.json) return printJson(report);
      for (const line of textTable(reportRows(report))) printLine(line);
    });
}
