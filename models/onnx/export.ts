import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { type Graph, modelMessage } from './format/model-proto.js';
import { chunkGraph } from './graph/chunk-graph.js';
import { primeGraph } from './graph/prime-graph.js';
import { periodFrames, primeFrames } from './graph/state-layout.js';
import { stepGraph } from './graph/step-graph.js';
import { ModelWeights } from './graph/weights.js';

/** The graphs of docs/onnx.md. */
export type OnnxGraphName = 'step' | 'chunk' | 'prime';

export const ONNX_GRAPH_NAMES: readonly OnnxGraphName[] = ['step', 'chunk', 'prime'];

/** Protocol buffers end at 2 GiB; weights beyond would have to lie in files of their own. */
const MAX_BYTES = 2 ** 31 - 1;

const writers: Readonly<Record<OnnxGraphName, (weights: ModelWeights) => Graph>> = {
  step: stepGraph,
  chunk: chunkGraph,
  prime: primeGraph,
};

/**
 * A model as one ONNX file (opset 20, float32, weights inside): the same bundle gives the same bytes.
 * Throws MODEL_UNSUPPORTED for a model that cannot be stepped, or that is larger than a file may be, and
 * MODEL_TENSOR_MISSING.
 */
export function exportOnnx(bundle: Bundle, name: OnnxGraphName): Uint8Array {
  const { manifest } = bundle;
  const { architecture, quantiser } = manifest;
  const message = modelMessage(writers[name](new ModelWeights(bundle)), '1', {
    graph: name,
    model: manifest.name,
    licence: manifest.licence,
    weightsSha256: manifest.weights.sha256,
    sampleRate: String(manifest.sampleRate),
    quantiser: quantiser.kind,
    startToken: String(quantiser.startToken),
    ...(manifest.emphasis === undefined ? {} : { emphasis: String(manifest.emphasis) }),
    periodFrames: String(periodFrames(architecture)),
    ...(manifest.conditioning.length > 0
      ? {
          conditioning: manifest.conditioning
            .map(({ name, dim, rateHz }) => `${name} ${dim} ${rateHz}`)
            .join(', '),
        }
      : {}),
    ...(name === 'prime' ? { primeFrames: String(primeFrames(architecture)) } : {}),
  });
  if (message.byteLength > MAX_BYTES) {
    throw new ModelError(
      'MODEL_UNSUPPORTED',
      `Expected an ONNX file below 2 GiB, but the ${name} graph would have ${message.byteLength} bytes.`,
    );
  }
  return message.encode();
}
