import { Command } from 'commander';
import { out, printJson, printLine } from '../terminal.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('what is here, what is missing, what to do')
    .description('Looks at this machine: what is here, what is missing, what is used instead, how to get it.')
    .option('--json', 'for machines')
    .action(async (flags: { json?: boolean }) => {
      const { examine } = await import('../examine.js');
      const findings = await examine();
      if (flags.json) return printJson({ findings });
      for (const { name, isHere, detail, instead, remedy } of findings) {
        const mark = isHere ? out.style('green', 'ok     ') : out.style('yellow', 'missing');
        printLine(`${mark}  ${out.style('bold', name)}: ${detail}`);
        if (instead !== undefined) printLine(`         instead: ${instead}`);
        if (remedy !== undefined) printLine(`         remedy: ${remedy}`);
      }
    });
}
