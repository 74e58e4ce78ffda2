import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { printLine } from '../terminal.js';

const explanation = `
Writes safetensors with the names of the official v4 code: load it with safetensors.torch.load_file and
load_state_dict. The metadata of the file holds the settings that the official constructor needs, dt_transform included.

Example:
  sashimi model export my-model --names v4 --out my-model.safetensors`;

interface ExportFlags {
  readonly names: 'v4';
  readonly out: string;
}

export function modelExportCommand(): Command {
  return new Command('export')
    .summary('write a state dict for the official code')
    .description('Writes the trained parameters of a bundle as a state dict, so that weights can go home.')
    .argument('<BUNDLE>', 'bundle folder')
    .addOption(
      new Option('--names <DIALECT>', 'names of the official code to use').choices(['v4']).default('v4'),
    )
    .requiredOption('--out <FILE>', 'safetensors file to write; must not exist yet')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: ExportFlags) => {
      const { exportV4, loadBundle, ModelError } = await import('../../../models/index.js');
      const bundle = await loadBundle(folder);
      const file = exportV4(bundle);
      try {
        await writeFile(flags.out, file, { flag: 'wx' });
      } catch (cause) {
        const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
        throw new ModelError(
          exists ? 'MODEL_OUT_EXISTS' : 'MODEL_WRITE',
          exists
            ? `Expected ${flags.out} not to exist yet, but it does.`
            : `Could not write ${flags.out}: ${(cause as Error).message}.`,
          { cause },
        );
      }
      printLine(`${flags.out}: ${bundle.manifest.name} under ${flags.names} names, ${file.byteLength} bytes`);
    });
}
