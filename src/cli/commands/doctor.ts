import { Command } from 'commander';
import { printFindings } from '../print-findings.js';
import { printJson } from '../terminal.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('what is here, what is missing, what to do')
    .description('Looks at this machine: what is here, what is missing, what is used instead, how to get it.')
    .option('--json', 'for machines')
    .action(async (flags: { json?: boolean }) => {
      const { examine } = await import('../examine.js');
      const findings = await examine();
      if (flags.json) return printJson({ findings });
      printFindings(findings);
    });
}
