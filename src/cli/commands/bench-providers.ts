import { Command } from 'commander';
import { integerBetween, numberBetween } from '../option-values.js';
import { err, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { blockFrames } from './bench-options.js';

const explanation = `
Steppers: native and cuda are ours, "onnx NAME" is ONNX Runtime on a provider of it. Each is tried in a process of its own
and held against the reference: "off by" is the largest difference of a logit, of which 2e-5 is allowed, "greedy ids" says
whether they are the same. "times real time" is of one voice in blocks; "prime" of frames that are known already; "first
block" is what one waits for. What cannot be used says why, and what to do.

Examples:
  sashimi bench providers models/zoo/shore
  sashimi bench providers models/zoo/shore --json`;

interface ProvidersFlags {
  readonly seconds: number;
  readonly block: number;
  readonly checked: number;
  readonly prime: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function benchProvidersCommand(): Command {
  return new Command('providers')
    .summary('steppers on GPUs and ONNX Runtime, beside the native one')
    .description('Tries every stepper and provider on a model: whether it is right, and how fast.')
    .argument('<BUNDLE>', 'bundle folder')
    .option('--seconds <N>', 'for each measurement of speed', numberBetween(0.01, 600), 1)
    .option('--block <FRAMES>', 'frames per block, at the rate of the model', blockFrames, 128)
    .option('--checked <FRAMES>', 'frames that are held against the reference', integerBetween(1, 65_536), 64)
    .option('--prime <FRAMES>', 'known frames that are fed at once', integerBetween(1, 1_000_000), 2048)
    .option('--limit <SECONDS>', 'for each stepper', numberBetween(1, 3600), 60)
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: ProvidersFlags) => {
      const { benchProviders, providerRows } = await import('../bench/providers.js');
      const { loadBundle } = await import('../../../models/index.js');
      await loadBundle(folder);
      const results = await benchProviders(folder, {
        seconds: flags.seconds,
        blockFrames: flags.block,
        checkedFrames: flags.checked,
        primeFrames: flags.prime,
        limitSeconds: flags.limit,
        onStep: (name) => err.isInteractive && err.write(`Trying ${name}\n`),
      });
      if (flags.json) return printJson(results);
      for (const line of textTable(providerRows(results))) printLine(line);
      for (const { name, reason, remedy } of results) {
        if (reason === null) continue;
        printLine(`${name}: ${reason}`);
        printLine(`  ${remedy}`);
      }
    });
}
