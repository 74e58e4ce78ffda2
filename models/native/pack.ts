import { tensorLayout } from '../bundle/layout.js';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';

/**
 * The shape of a model as the C++ core reads it (`Config::parse` in core/config.cc): one int32 per word.
 * Throws MODEL_UNSUPPORTED for what the recurrent core cannot run.
 */
export function configWords(bundle: Bundle): Int32Array {
  const { architecture, quantiser, conditioning, weights } = bundle.manifest;
  if (architecture.bidirectional) unsupported('a bidirectional model, which has no recurrent form');
  if (conditioning.length > 0) unsupported(`conditioning input ${conditioning[0]!.name}`);
  return Int32Array.of(
    architecture.dModel,
    architecture.numLayers,
    architecture.expand,
    architecture.ff,
    architecture.norm === 'scalar' ? 1 : 0,
    architecture.outputActivation === 'glu' ? 1 : 0,
    architecture.ssm.kind === 's4' ? 1 : 0,
    architecture.ssm.conjugatePairs,
    architecture.unet ? 1 : 0,
    quantiser.levels,
    quantiser.startToken,
    // Marks snapshots: those of other weights are refused.
    Number.parseInt(weights.sha256.slice(0, 8), 16) | 0,
    architecture.pool.length,
    ...architecture.pool,
  );
}

/**
 * All tensors that a step needs, one after the other in the order of `tensorLayout`: the core
 * copies them into a layout of its own, so the result can be dropped afterwards.
 */
export function packTensors({ manifest, tensors }: Bundle): Float32Array {
  const specs = tensorLayout(manifest.architecture, manifest.quantiser.levels).filter(
    (spec) => !spec.optional,
  );
  const sizes = specs.map((spec) => spec.shape.reduce((product, size) => product * size, 1));
  const packed = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  for (const [i, { name, shape }] of specs.entries()) {
    const found = tensors.get(name);
    if (found === undefined)
      throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
    if (found.data.length !== sizes[i]) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected shape (${shape.join(', ')}) for tensor ${name} but received (${found.shape.join(', ')}).`,
      );
    }
    packed.set(found.data, offset);
    offset += found.data.length;
  }
  return packed;
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The native steppers cannot run ${what}.`);
}
