import { readFile } from 'node:fs/promises';
import { parseSafetensors, toFloat64 } from '../bundle/safetensors.js';
import { ModelError } from '../errors.js';
import { plainRecord } from './hyper-parameters.js';
import { unpickle } from './pickle.js';
import type { PickleValue } from './pickle-values.js';
import { barePicklePolicy, readTorchFile, TorchTensor } from './torch-file.js';
import { isZip } from './zip.js';

/** A named parameter of a checkpoint, row-major. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  /** Read from the file's bytes at each access, and kept by nobody: take it once. */
  readonly data: Float64Array;
}

/** A state dict, whatever file it came in. */
export type StateDict = ReadonlyMap<string, CheckpointTensor>;

export interface Checkpoint {
  readonly stateDict: StateDict;
  /** What the training program noted down about the model, as plain data; undefined where it noted nothing. */
  readonly hyperParameters: Readonly<Record<string, unknown>> | undefined;
  /** For people: what kind of file it is. */
  readonly container:
    | 'PyTorch state dict'
    | 'Lightning checkpoint'
    | 'PyTorch training checkpoint'
    | 'safetensors';
}

/** Keys under which training programs wrap the state dict: Lightning, DiffWave, and others. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];
const HYPER_PARAMETERS = ['hyper_parameters', 'config', 'args'];

/** Reads a checkpoint file of any container: torch.save's zip, or safetensors. Throws a ModelError. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let file: Uint8Array;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new ModelError('MODEL_FILE', `Expected a checkpoint at ${path}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return parseCheckpoint(file);
}

/** The container is told by its first bytes, never by the file's name. The tensors view `file`. */
export function parseCheckpoint(file: Uint8Array): Checkpoint {
  if (isZip(file)) return torchCheckpoint(readTorchFile(file));
  if (looksLikeSafetensors(file)) {
    const stateDict = new Map<string, CheckpointTensor>();
    for (const [name, tensor] of parseSafetensors(file).tensors) {
      stateDict.set(
        name,
        lazyTensor(tensor.shape, () => toFloat64(tensor)),
      );
    }
    return { stateDict, hyperParameters: undefined, container: 'safetensors' };
  }
  throw notACheckpoint(file);
}

function lazyTensor(shape: readonly number[], read: () => Float64Array): CheckpointTensor {
  return {
    shape,
    get data() {
      return read();
    },
  };
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

function torchCheckpoint(root: PickleValue): Checkpoint {
  if (!(root instanceof Map)) {
    throw new ModelError(
      'MODEL_TORCH',
      'Expected a state dict (a dict of tensors) but the checkpoint holds something else.',
    );
  }
  const wrapper = WRAPPERS.find((key) => root.get(key) instanceof Map);
  if (wrapper === undefined) {
    return { stateDict: stateDictOf(root), hyperParameters: undefined, container: 'PyTorch state dict' };
  }
  const noted = HYPER_PARAMETERS.map((key) => root.get(key)).find((value) => value !== undefined);
  return {
    stateDict: stateDictOf(root.get(wrapper) as Map<PickleValue, PickleValue>),
    hyperParameters: noted === undefined ? undefined : plainRecord(noted),
    container: root.has('pytorch-lightning_version') ? 'Lightning checkpoint' : 'PyTorch training checkpoint',
  };
}

function stateDictOf(dict: Map<PickleValue, PickleValue>): StateDict {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, value] of dict) {
    if (typeof name !== 'string' || !(value instanceof TorchTensor)) {
      const shown = typeof name === 'string' ? name : `a key of type ${typeof name}`;
      throw new ModelError(
        'MODEL_TORCH',
        `Expected a tensor under each name of the state dict but not under ${shown}.`,
      );
    }
    tensors.set(
      name,
      lazyTensor(value.shape, () => value.toFloat64()),
    );
  }
  return tensors;
}
