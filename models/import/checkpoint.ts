import { readFile } from 'node:fs/promises';
import { parseSafetensors, toFloat64 } from '../bundle/safetensors.js';
import { ModelError } from '../errors.js';
import { unpickle } from './pickle.js';
import type { PickleValue } from './pickle-values.js';
import { barePicklePolicy, readTorchFile, TorchTensor } from './torch-file.js';
import { isZip } from './zip.js';

/** A named parameter of a checkpoint, row-major. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A state dict, whatever file it came in. */
export type StateDict = ReadonlyMap<string, CheckpointTensor>;

/** Keys under which training programs wrap the state dict. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];

/** Reads a checkpoint file of any container: torch.save's zip, or safetensors. Throws a ModelError. */
export async function readStateDict(path: string): Promise<StateDict> {
  let file: Uint8Array;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new ModelError('MODEL_FILE', `Expected a checkpoint at ${path}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return parseStateDict(file);
}

/** The container is told by its first bytes, never by the file's name. */
export function parseStateDict(file: Uint8Array): StateDict {
  if (isZip(file)) return stateDictOf(readTorchFile(file));
  if (looksLikeSafetensors(file)) {
    return new Map(
      [...parseSafetensors(file).tensors].map(([name, tensor]) => [
        name,
        { shape: tensor.shape, data: toFloat64(tensor) },
      ]),
    );
  }
  throw notACheckpoint(file);
}

/** Safetensors begin with a length and then the JSON header's brace. */
function looksLikeSafetensors(file: Uint8Array): boolean {
  return file.byteLength > 8 && file[8] === 0x7b;
}

/**
 * Says why a file of neither container is refused. A bare pickle is read for that, so that one that
 * asks for code is told as such; the files of torch.save before 1.6 begin with one.
 */
function notACheckpoint(file: Uint8Array): ModelError {
  try {
    unpickle(file, barePicklePolicy);
  } catch (error) {
    if (error instanceof ModelError && error.code === 'MODEL_PICKLE_CALL') return error;
    return new ModelError(
      'MODEL_TORCH',
      'Expected a PyTorch checkpoint or safetensors but received neither.',
    );
  }
  return new ModelError(
    'MODEL_TORCH',
    'Expected a zip checkpoint but received a bare pickle (torch.save before 1.6).',
  );
}

function stateDictOf(root: PickleValue): StateDict {
  const dict = unwrap(root);
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, value] of dict) {
    if (typeof name !== 'string' || !(value instanceof TorchTensor)) {
      throw new ModelError(
        'MODEL_TORCH',
        `Expected a tensor under each name of the state dict but not under ${String(name)}.`,
      );
    }
    tensors.set(name, { shape: value.shape, data: value.toFloat64() });
  }
  return tensors;
}

function unwrap(root: PickleValue): Map<PickleValue, PickleValue> {
  if (root instanceof Map) {
    for (const key of WRAPPERS) {
      const inner = root.get(key);
      if (inner instanceof Map) return inner;
    }
    return root;
  }
  throw new ModelError(
    'MODEL_TORCH',
    'Expected a state dict (a dict of tensors) but the checkpoint holds something else.',
  );
}
