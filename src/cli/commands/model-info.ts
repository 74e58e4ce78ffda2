import { Command } from 'commander';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

export function modelInfoCommand(): Command {
  return new Command('info')
    .summary('show what a bundle is')
    .description(
      'Checks a bundle, its hash and its tensors included, and shows what it is and where it came from.',
    )
    .argument('<BUNDLE>', 'bundle folder')
    .option('--json', 'for machines')
    .action(async (folder: string, flags: { json?: boolean }) => {
      const { loadBundle } = await import('../../../models/index.js');
      const { manifest, tensors } = await loadBundle(folder);
      const parameters = countParameters(tensors);
      if (flags.json) return printJson({ ...manifest, parameters });
      const { architecture, quantiser, sampling } = manifest;
      const rows: [string, string][] = [
        ['name', manifest.name],
        ['title', manifest.title],
        ['description', manifest.description],
        [
          'architecture',
          `${architecture.family}, ${architecture.ssm.kind}, width ${architecture.dModel}, layers ${architecture.numLayers}, pool ${architecture.pool.join(' x ')}`,
        ],
        ['parameters', String(parameters)],
        ['sample rate', `${manifest.sampleRate} Hz`],
        ['quantiser', `${quantiser.kind}, ${quantiser.levels} levels`],
        ['sampling', `temperature ${sampling.temperature}, top-p ${sampling.topP}, top-k ${sampling.topK}`],
        ['licence', manifest.licence],
        ...Object.entries(manifest.provenance).map(([key, value]): [string, string] => [key, String(value)]),
      ];
      for (const line of textTable(rows)) printLine(line);
    });
}

/** Numbers that the model steps with; the trained ones that they were made of are not counted twice. */
function countParameters(tensors: ReadonlyMap<string, { readonly data: Float32Array }>): number {
  let count = 0;
  for (const [name, { data }] of tensors) if (!name.includes('.trained.')) count += data.length;
  return count;
}
