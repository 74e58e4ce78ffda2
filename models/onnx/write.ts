import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { exportOnnx, ONNX_GRAPH_NAMES, type OnnxGraphName } from './export.js';

export interface OnnxFile {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Writes graphs as NAME.GRAPH.onnx: all of them into the new folder `out`, or only `graph`, into the file `out` if that
 * ends in `.onnx`. All of it or nothing. Rejects with MODEL_OUT_EXISTS, MODEL_WRITE, or what `exportOnnx` throws.
 */
export async function writeOnnx(bundle: Bundle, out: string, graph?: OnnxGraphName): Promise<OnnxFile[]> {
  if (await exists(out)) {
    throw new ModelError('MODEL_OUT_EXISTS', `Expected ${out} not to exist yet, but it does.`);
  }
  const isFile = out.endsWith('.onnx');
  if (isFile && graph === undefined) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected a folder for three graphs but received the file ${out}.`,
      {
        remedy: 'Name the one graph that the file is for with --graph, or give --out a folder.',
      },
    );
  }
  const partial = `${resolve(out)}.${process.pid}.part`;
  const files: OnnxFile[] = [];
  try {
    await mkdir(isFile ? dirname(partial) : partial, { recursive: true });
    for (const name of graph === undefined ? ONNX_GRAPH_NAMES : [graph]) {
      const bytes = exportOnnx(bundle, name);
      const file = `${bundle.manifest.name}.${name}.onnx`;
      await writeFile(isFile ? partial : join(partial, file), bytes, { flag: 'wx' });
      files.push({ file: isFile ? out : join(out, file), bytes: bytes.byteLength });
    }
    await rename(partial, out);
    return files;
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('MODEL_WRITE', `Could not write ${out}: ${(cause as Error).message}.`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
