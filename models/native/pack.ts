import { modeSlots, tensorLayout } from '../bundle/layout.js';
import type { Bundle, Tensor, WeightFormat } from '../bundle/types.js';
import { hopFrames } from '../conditioning/block-rows.js';
import { ModelError } from '../errors.js';

/**
 * The shape of a model as the C++ core reads it (`Config::parse` in core/config.cc): one int32 per word.
 * Throws MODEL_UNSUPPORTED for what the recurrent core cannot run.
 */
export function configWords(bundle: Bundle): Int32Array {
  const { architecture, quantiser, conditioning, sampleRate, weights } = bundle.manifest;
  if (architecture.bidirectional) unsupported('a bidirectional model, which has no recurrent form');
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
    modeSlots(architecture),
    architecture.pool.length,
    ...architecture.pool,
    conditioning.length,
    ...conditioning.flatMap((input) => [input.dim, hopFrames(input, sampleRate)]),
  );
}

/** The numbers of a model as the C++ core reads them: `ModelData` in core/model_data.h. */
export interface PackedModel {
  /** All tensors that a step needs, one after the other in the order of `tensorLayout`. */
  readonly values: Float32Array;
  /** A word per matrix and per state space, in the order of their tensors. */
  readonly kinds: Int32Array;
  /** Of the quantised matrices, in their order. */
  readonly scales: Float32Array;
}

/** `WeightFormat` in core/config.h. */
const FORMAT_WORDS: Readonly<Record<WeightFormat, number>> = { f32: 0, bf16: 1, int8: 2, int4: 3 };
/** `StateSpaceForm` in core/model_data.h. */
const FORM_OF_CONFIG = 0;
const FORM_MODES = 1;

/**
 * The core copies all of it into a layout of its own, so the result can be dropped afterwards.
 * An s4 layer of which the bundle has diagonal modes is packed as those alone.
 * Throws MODEL_TENSOR_MISSING or MODEL_TENSOR_SHAPE.
 */
export function packModel(bundle: Bundle): PackedModel {
  const steps = stepTensors(bundle);
  const kinds: number[] = [];
  for (const { name, tensor } of steps) {
    if (isMatrix(name)) kinds.push(FORMAT_WORDS[tensor.quantised?.format ?? 'f32']);
    else if (name.endsWith('.ssm.modes.a')) kinds.push(FORM_MODES);
    else if (name.endsWith('.ssm.a')) kinds.push(FORM_OF_CONFIG);
  }
  const quantised = steps.filter(({ name }) => isMatrix(name)).map(({ tensor }) => tensor.quantised);
  return {
    values: concatenate(steps.map(({ tensor }) => tensor.data)),
    kinds: Int32Array.from(kinds),
    scales: concatenate(quantised.flatMap((matrix) => matrix?.scales ?? [])),
  };
}

interface StepTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

function stepTensors({ manifest, tensors }: Bundle): StepTensor[] {
  const steps: StepTensor[] = [];
  for (const { name, shape, optional } of tensorLayout(
    manifest.architecture,
    manifest.quantiser.levels,
    manifest.conditioning,
  )) {
    const [, block, part] = /^(.*\.ssm)\.(.*)$/.exec(name) ?? [];
    const hasModes = block !== undefined && tensors.has(`${block}.modes.a`);
    const isMode = part?.startsWith('modes.') ?? false;
    if (hasModes ? !isMode : optional || isMode) continue;
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
    if (tensor.data.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected shape (${shape.join(', ')}) for tensor ${name} but received (${tensor.shape.join(', ')}).`,
      );
    }
    steps.push({ name, tensor });
  }
  return steps;
}

/** The embedding is a table of rows, not a matrix that multiplies. */
function isMatrix(name: string): boolean {
  return /^(pool|decoder)\b.*\.weight$|^blocks\..*\.(out|in)\.weight$/.test(name);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The native steppers cannot run ${what}.`);
}
