import { Command, Option } from 'commander';
import { integerBetween } from '../option-values.js';
import { showProgress } from '../progress.js';
import { err, printLine } from '../terminal.js';

const examples = `
Reads the state dict of an official SaShiMi model, .pt or .safetensors, without executing anything in it.
What is in neither the checkpoint nor the configuration is assumed and told.

Example:
  sashimi model import checkpoint.pt --config config.json --out my-model
  sashimi model info my-model`;

interface ImportFlags {
  readonly config?: string;
  readonly out: string;
  readonly name?: string;
  readonly licence?: string;
  readonly sampleRate?: number;
  readonly quantiser?: 'mu-law' | 'linear';
}

export function modelImportCommand(): Command {
  return new Command('import')
    .summary('turn an official checkpoint into a bundle')
    .description('Turns an official checkpoint into a bundle folder. Writes all of it or nothing.')
    .argument('<FILE>', 'the checkpoint: .pt or .safetensors')
    .option('--config <FILE>', 'JSON with the configuration that the model was trained with')
    .requiredOption('--out <DIR>', 'folder to write; must not exist yet')
    .option('--name <NAME>', 'of the bundle (default: the name of the folder)')
    .option('--licence <TEXT>', 'of the weights: an SPDX id or a sentence')
    .option('--sample-rate <HZ>', 'that the model was trained at', integerBetween(4000, 192_000))
    .addOption(
      new Option('--quantiser <KIND>', 'that the model was trained with').choices(['mu-law', 'linear']),
    )
    .addHelpText('after', examples)
    .action(async (file: string, flags: ImportFlags) => {
      const { importCheckpoint } = await import('../../../models/index.js');
      const progress = showProgress('Importing');
      try {
        const { bundle, dialect, assumptions } = await importCheckpoint({
          file,
          ...flags,
          onProgress: (share, what) => progress.update(share, 1, what),
        });
        progress.end();
        printLine(`${flags.out}: ${bundle.manifest.name}, from a checkpoint of the dialect ${dialect}`);
        if (assumptions.length > 0)
          err.write(`Assumed, for want of better knowledge: ${assumptions.join(', ')}\n`);
      } finally {
        progress.end();
      }
    });
}
