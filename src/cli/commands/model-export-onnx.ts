import { Command, Option } from 'commander';
import { ONNX_GRAPH_NAMES, type OnnxGraphName } from '../../../models/index.js';
import { printJson, printLine } from '../terminal.js';

const explanation = `
Three graphs of the same model, float32, opset 20, the weights inside:
  step    one frame: a token and the state in, logits and the new state out; you draw the token
  chunk   N frames, sampling inside: the fastest way to make sound with ONNX Runtime
  prime   N known tokens as matrix products: logits and the state after them

--out is a folder, which gets NAME.step.onnx, NAME.chunk.onnx and NAME.prime.onnx, or, with --graph, a file that ends
in .onnx. Neither may exist yet. docs/onnx.md lists inputs, outputs and shapes.

Examples:
  sashimi model export-onnx models/zoo/shore --out shore-onnx
  sashimi model export-onnx models/zoo/shore --graph step --out shore.onnx`;

interface ExportOnnxFlags {
  readonly out: string;
  readonly graph?: OnnxGraphName;
  readonly json?: boolean;
}

export function modelExportOnnxCommand(): Command {
  return new Command('export-onnx')
    .summary('write a model as ONNX graphs')
    .description(
      'Writes a bundle as ONNX graphs that any ONNX runtime can step. Writes all of it or nothing.',
    )
    .argument('<BUNDLE>', 'bundle folder')
    .requiredOption('--out <PATH>', 'folder to write, or with --graph a file; must not exist yet')
    .addOption(new Option('--graph <NAME>', 'only this one').choices(ONNX_GRAPH_NAMES))
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (folder: string, { out, graph, json }: ExportOnnxFlags) => {
      const { loadBundle, writeOnnx } = await import('../../../models/index.js');
      const bundle = await loadBundle(folder);
      const files = await writeOnnx(bundle, out, graph);
      if (json) return printJson({ bundle: bundle.manifest.name, files });
      for (const { file, bytes } of files) printLine(`${file}: ${bytes} bytes`);
    });
}
