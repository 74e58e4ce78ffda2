import { Command, Option } from 'commander';
import { integerBetween } from '../option-values.js';
import { showProgress } from '../progress.js';
import { out, printLine, type Style } from '../terminal.js';

const examples = `
Reads a checkpoint of any official SaShiMi code without executing anything in it: a state dict (.pt), a Lightning
checkpoint (.ckpt), a DiffWave-SaShiMi .pkl, or safetensors. docs/checkpoints.md has the dialects, and what to do when
the import asks for a value. Afterwards the model is checked, and what was found is told.

Example:
  sashimi model import checkpoint.ckpt --out my-model
  sashimi model import checkpoint.pt --config experiment.yaml --out my-model
  sashimi model info my-model`;

const VERDICT_STYLE: Readonly<Record<'good' | 'doubtful' | 'bad', Style>> = {
  good: 'green',
  doubtful: 'yellow',
  bad: 'red',
};

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
    .argument('<FILE>', 'the checkpoint: .pt, .ckpt, .pkl or .safetensors')
    .option('--config <FILE>', 'YAML or JSON with the configuration that the model was trained with')
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
        const { bundle, dialect, decisions, findings } = await importCheckpoint({
          file,
          ...flags,
          onProgress: (share, what) => progress.update(share, 1, what),
        });
        progress.end();
        printLine(`${flags.out}: ${bundle.manifest.name}, from a checkpoint of the dialect ${dialect}`);
        for (const { name, value, source, reason } of decisions) {
          printLine(`  ${source === 'default' ? 'assumed' : 'found'}: ${name} = ${value} (${reason})`);
        }
        for (const { verdict, text } of findings) {
          printLine(`  ${out.style(VERDICT_STYLE[verdict], verdict)}: ${text}`);
        }
      } finally {
        progress.end();
      }
    });
}
