import { Command } from 'commander';
import { integerBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

const explanation = `
Every stepper that can be opened here is checked against the reference and timed in blocks of 32 frames, in rounds by turns, two
seconds in all for each bundle. A voice on the processor has a thread of its own; voices on a GPU step together. What is
found is kept, and "sashimi play" takes it for this bundle and as many voices.

Examples:
  sashimi bench auto shore
  sashimi bench auto models/zoo/shore my-model --voices 4 --json`;

export function benchAutoCommand(): Command {
  return new Command('auto')
    .summary('which stepper is the fastest here')
    .description('Measures which stepper --stepper auto takes on this machine, and tells why.')
    .argument('<BUNDLES...>', 'names in models/zoo, or bundle folders')
    .option('--voices <N>', 'that play at once', integerBetween(1, 256), 1)
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (bundles: readonly string[], { voices, json }: { voices: number; json?: boolean }) => {
      const { loadManifest } = await import('../../../models/index.js');
      const { bundleFolder } = await import('../../engine/model-streams.js');
      // What is no bundle is told before anything is measured.
      for (const name of bundles) await loadManifest(bundleFolder(name));
      const { benchAuto } = await import('../bench/auto.js');
      const reports = await benchAuto(bundles, voices);
      if (json) return printJson({ voices, bundles: reports });
      const { stepperSentence } = await import('../../self-test/index.js');
      const { candidateText } = await import('../../../models/index.js');
      for (const report of reports) {
        printLine(stepperSentence(report));
        const rows = report.trials.map((trial) =>
          trial.outcome === 'measured'
            ? [candidateText(trial), trial.timesRealTime.toFixed(2), trial.p99Ms.toFixed(3), '']
            : [candidateText(trial), '', '', `${trial.outcome}: ${trial.why}`],
        );
        for (const line of textTable([['stepper', 'times real time', 'p99 ms', ''], ...rows]))
          printLine(line);
      }
    });
}
