import { Command } from 'commander';
import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import { printJson, printLine } from '../terminal.js';
import { providerOption, stepperOption } from './stepper-option.js';

const explanation = `
A golden is a folder with io.safetensors: the inputs and logits of the official code for the same model.
Of a model with conditioning, its frames under the names of the inputs: one that is not there is dropped.
Exits with 1 when the logits are further away than the tolerance, or a greedy id differs.

Example:
  sashimi model verify my-model --golden goldens/tiny --stepper native --json`;

interface VerifyFlags {
  readonly golden: string;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly json?: boolean;
}

export function modelVerifyCommand(): Command {
  return new Command('verify')
    .summary('compare a bundle with golden values')
    .description('Compares what a stepper computes for a bundle with what the official code computed.')
    .argument('<BUNDLE>', 'bundle folder')
    .requiredOption('--golden <DIR>', 'folder with io.safetensors')
    .addOption(stepperOption())
    .addOption(providerOption())
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: VerifyFlags) => {
      const { chooseStepper, loadBundle, verifyGolden } = await import('../../../models/index.js');
      const bundle = await loadBundle(folder);
      const { stepper, reason } = await chooseStepper(bundle, flags.stepper, flags.provider);
      const report = await verifyGolden(bundle, flags.golden, stepper);
      process.exitCode = report.ok ? 0 : 1;
      if (flags.json) return printJson({ bundle: bundle.manifest.name, stepper: stepper.kind, ...report });
      const greedy = { true: 'equal', false: 'different', null: 'not in the golden' }[
        `${report.greedyEqual}`
      ];
      printLine(`${report.ok ? 'ok' : 'NOT ok'}: ${bundle.manifest.name} against ${flags.golden}, ${reason}`);
      printLine(
        `largest difference of a logit: ${report.maxAbsLogits} (at most ${report.tolerance}), ${report.rows} rows`,
      );
      printLine(`greedy ids: ${greedy}`);
      if (bundle.manifest.conditioning.length > 0)
        printLine(`conditioning: ${report.given.join(', ') || 'all dropped, the golden has no frames'}`);
    });
}
