import { Command } from 'commander';
import { printJson, printLine } from '../terminal.js';

const explanation = `
The stepper cuda needs NVIDIA's driver alone. Of the onnx stepper, webgpu needs a driver with Vulkan and its loader, and
cuda all that is listed. To see what works, and how fast: sashimi bench providers models/zoo/shore`;

export function gpuCheckCommand(): Command {
  return new Command('check')
    .summary('what is here, what is missing')
    .description('Looks for drivers, loaders and libraries that a GPU needs. Starts none of them.')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (flags: { json?: boolean }) => {
      const { examineGpu, thisMachine } = await import('../gpu/machine.js');
      const { runtimeFolder } = await import('../../../models/index.js');
      const { printFindings } = await import('../print-findings.js');
      const findings = examineGpu(thisMachine(), runtimeFolder());
      if (flags.json) return printJson({ findings });
      printFindings(findings);
      printLine('Try them: sashimi bench providers models/zoo/shore');
    });
}
