import { Command } from 'commander';
import { gpuCheckCommand } from './gpu-check.js';
import { gpuInstallCommand } from './gpu-install.js';

export function gpuCommand(): Command {
  return new Command('gpu')
    .summary('what models need to run on a GPU')
    .description('Looks at what models need to run on a GPU, and installs what can be installed.')
    .addCommand(gpuCheckCommand())
    .addCommand(gpuInstallCommand());
}
