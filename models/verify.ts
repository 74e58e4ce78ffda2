import { join } from 'node:path';
import { type RawTensor, readSafetensors, toFloat32, toFloat64 } from './bundle/safetensors.js';
import type { Bundle, ConditioningInput } from './bundle/types.js';
import { blockRows, hopFrames } from './conditioning/block-rows.js';
import { ModelError } from './errors.js';
import type { Conditioning, Sampling, Stepper } from './stepper.js';

/** Largest difference between a stepper's float32 logits and the official ones: official float32 is off by up to 8e-6 itself. */
export const LOGITS_TOLERANCE = 2e-5;
const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };

export interface GoldenReport {
  /** Rows of `logits_step` that were compared. */
  readonly rows: number;
  /** Conditioning inputs of which the golden has frames; the others are dropped. */
  readonly given: readonly string[];
  /** Largest absolute difference of a logit. */
  readonly maxAbsLogits: number;
  /** The largest allowed. */
  readonly tolerance: number;
  /** Whether all greedy ids from the start token are the official ones; null where the golden has none. */
  readonly greedyEqual: boolean | null;
  /** Frame of the first greedy id that differs, or null. */
  readonly greedyFirstDifference: number | null;
  /** Within the tolerance, and greedy ids not different. */
  readonly ok: boolean;
}

/**
 * Compares a stepper with what the official code computed: `input_ids` (L) are forced and the logits
 * held against `logits_step` (L, levels); then `greedy_ids`, if there, against greedy decoding. Both with the frames
 * (frames, dim) of the conditioning inputs, under their names; `logits_dropped`, if there, is without any, and
 * `logits_NAME_only` with those of one alone. `folder` holds io.safetensors. Throws MODEL_FILE, MODEL_SAFETENSORS, MODEL_GOLDEN.
 */
export async function verifyGolden(bundle: Bundle, folder: string, stepper: Stepper): Promise<GoldenReport> {
  const { tensors } = await readSafetensors(join(folder, 'io.safetensors'));
  const ids = goldenIds(required(tensors, 'input_ids'));
  const { conditioning: inputs, quantiser } = bundle.manifest;
  const given = inputs.filter(({ name }) => tensors.has(name)).map(({ name }) => name);
  /** The frames of those inputs that have one of these names. */
  const conditioning = (numFrames: number, names: readonly string[]) =>
    inputs.map((input) =>
      names.includes(input.name) ? framesOf(bundle, input, tensors.get(input.name), numFrames) : undefined,
    );
  const comparisons = [
    { name: 'logits_dropped', inputs: [] },
    ...given.map((name) => ({ name: `logits_${name}_only`, inputs: [name] })),
  ].filter(({ name }) => tensors.has(name));
  const differences = [{ name: 'logits_step', inputs: given }, ...comparisons].map(({ name, inputs }) => {
    const expected = goldenLogits(required(tensors, name), ids.length, quantiser.levels);
    const logits = new Float32Array(expected.length);
    stepper.createVoice(0).forceBlock(ids, ids.length, logits, conditioning(ids.length, inputs));
    return largestDifference(logits, expected);
  });
  const maxAbsLogits = Math.max(...differences);
  const greedy = tensors.get('greedy_ids');
  const greedyIds = greedy && goldenIds(greedy);
  const greedyFirstDifference = greedyIds
    ? firstGreedyDifference(stepper, greedyIds, conditioning(greedyIds.length, given))
    : null;
  const greedyEqual = greedy ? greedyFirstDifference === null : null;
  return {
    rows: ids.length,
    given,
    maxAbsLogits,
    tolerance: LOGITS_TOLERANCE,
    greedyEqual,
    greedyFirstDifference,
    ok: maxAbsLogits <= LOGITS_TOLERANCE && greedyEqual !== false,
  };
}

/** NaN counts as infinitely far. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

function firstGreedyDifference(
  stepper: Stepper,
  expected: Uint8Array,
  conditioning: Conditioning,
): number | null {
  const numFrames = expected.length;
  const received = new Uint8Array(numFrames);
  const voice = stepper.createVoice(0);
  voice.stepBlock(new Float32Array(numFrames), numFrames, GREEDY, received, conditioning);
  const at = expected.findIndex((id, t) => received[t] !== id);
  return at < 0 ? null : at;
}

function goldenIds(tensor: RawTensor): Uint8Array {
  return Uint8Array.from(toFloat64(tensor));
}

function goldenLogits(tensor: RawTensor, rows: number, levels: number): Float32Array {
  const logits = toFloat32(tensor);
  if (logits.length === rows * levels) return logits;
  throw new ModelError(
    'MODEL_GOLDEN',
    `Expected ${rows} rows of ${levels} logits in io.safetensors but received ${logits.length} values.`,
  );
}

/** Frames of an input for the first `numFrames` samples. */
function framesOf(
  { manifest }: Bundle,
  input: ConditioningInput,
  tensor: RawTensor | undefined,
  numFrames: number,
): Float32Array {
  const frames = tensor ? toFloat32(tensor) : new Float32Array(0);
  const rows = blockRows(0, numFrames, hopFrames(input, manifest.sampleRate));
  if (tensor?.shape.at(-1) === input.dim && frames.length >= rows * input.dim) return frames;
  throw new ModelError(
    'MODEL_GOLDEN',
    `Expected ${rows} frames of ${input.dim} values of ${input.name} but received shape [${tensor?.shape}].`,
  );
}

function required(tensors: ReadonlyMap<string, RawTensor>, name: string): RawTensor {
  const found = tensors.get(name);
  if (found === undefined)
    throw new ModelError('MODEL_GOLDEN', `Expected a tensor ${name} in io.safetensors.`);
  return found;
}
