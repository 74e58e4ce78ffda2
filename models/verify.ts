import { join } from 'node:path';
import { type RawTensor, readSafetensors, toFloat32, toFloat64 } from './bundle/safetensors.js';
import type { Bundle } from './bundle/types.js';
import { ModelError } from './errors.js';
import type { Sampling, Stepper } from './stepper.js';

/** Largest difference between a stepper's float32 logits and the official ones: official float32 is off by up to 8e-6 itself. */
export const LOGITS_TOLERANCE = 2e-5;
const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };

export interface GoldenReport {
  /** Rows of `logits_step` that were compared. */
  readonly rows: number;
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
 * held against `logits_step` (L, levels); then `greedy_ids`, if there, against greedy decoding.
 * `folder` holds io.safetensors. Throws MODEL_FILE, MODEL_SAFETENSORS, MODEL_GOLDEN.
 */
export async function verifyGolden(bundle: Bundle, folder: string, stepper: Stepper): Promise<GoldenReport> {
  const { tensors } = await readSafetensors(join(folder, 'io.safetensors'));
  const ids = goldenIds(required(tensors, 'input_ids'));
  const expected = toFloat32(required(tensors, 'logits_step'));
  const { levels } = bundle.manifest.quantiser;
  if (expected.length !== ids.length * levels) {
    throw new ModelError(
      'MODEL_GOLDEN',
      `Expected ${ids.length} rows of ${levels} logits in ${folder} but received ${expected.length} values.`,
    );
  }
  const logits = new Float32Array(expected.length);
  stepper.createVoice(0).forceBlock(ids, ids.length, logits);
  const maxAbsLogits = largestDifference(logits, expected);
  const greedy = tensors.get('greedy_ids');
  const greedyFirstDifference = greedy ? firstGreedyDifference(stepper, goldenIds(greedy)) : null;
  const greedyEqual = greedy ? greedyFirstDifference === null : null;
  return {
    rows: ids.length,
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

function firstGreedyDifference(stepper: Stepper, expected: Uint8Array): number | null {
  const received = new Uint8Array(expected.length);
  stepper.createVoice(0).stepBlock(new Float32Array(expected.length), expected.length, GREEDY, received);
  const at = expected.findIndex((id, t) => received[t] !== id);
  return at < 0 ? null : at;
}

function goldenIds(tensor: RawTensor): Uint8Array {
  return Uint8Array.from(toFloat64(tensor));
}

function required(tensors: ReadonlyMap<string, RawTensor>, name: string): RawTensor {
  const found = tensors.get(name);
  if (found === undefined)
    throw new ModelError('MODEL_GOLDEN', `Expected a tensor ${name} in io.safetensors.`);
  return found;
}
