import { Command } from 'commander';
import { printJson, printLine } from '../terminal.js';

const explanation = `
The provider is a large library and comes from the feed that onnxruntime-node itself names, in the version that fits it; it is
held against the size and the SHA-512 that the feed states. It goes into the folder of onnxruntime-node and is gone with
that after npm ci. CUDA and cuDNN are not installed: sashimi gpu check says which of their libraries are missing.

Examples:
  npm run gpu:install -- --dry-run
  npm run gpu:install`;

interface InstallFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function gpuInstallCommand(): Command {
  return new Command('install')
    .summary('fetch the CUDA provider of ONNX Runtime')
    .description('Fetches the CUDA provider of ONNX Runtime, for --stepper onnx --provider cuda.')
    .option('--dry-run', 'tell what would be done, and do nothing')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async ({ dryRun: isDry = false, json }: InstallFlags) => {
      const { examineGpu, thisMachine } = await import('../gpu/machine.js');
      const { installProvider, planInstall } = await import('../gpu/install-provider.js');
      const { runtimeFolder } = await import('../../../models/index.js');
      const { printFindings } = await import('../print-findings.js');
      const { showProgress } = await import('../progress.js');
      const findings = examineGpu(thisMachine(), runtimeFolder());
      if (!json) printFindings(findings);
      const plan = planInstall(runtimeFolder());
      const { name, version, feed, files } = plan.package;
      if (!json) {
        printLine(`${isDry ? 'Would fetch' : 'Fetching'} ${name} ${version} from ${feed}`);
        for (const file of files) printLine(`  ${file.name} into ${plan.folder}`);
        if (plan.isInstalled) printLine('  in the place of those that are there');
      }
      if (isDry) return json ? printJson({ findings, plan, installed: null }) : undefined;
      const progress = showProgress(name);
      const onBytes = (bytes: number, total: number): void =>
        progress.update(bytes, total, `${(bytes / 1e6).toFixed(0)} MB`);
      const installed = await installProvider(plan, { onBytes }).finally(() => progress.end());
      if (json) return printJson({ findings, plan, installed });
      for (const file of installed.files) printLine(`Installed ${file.name}, ${file.bytes} bytes`);
      printLine('Try it: sashimi bench providers models/zoo/shore');
    });
}
