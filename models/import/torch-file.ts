import { elementCount } from '../bundle/safetensors.js';
import { ModelError } from '../errors.js';
import { unpickle } from './pickle.js';
import {
  PickleExtension,
  PickleGlobal,
  type PicklePolicy,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';
import { readStorageElement, STORAGE_TYPES, type StorageType } from './torch-storage.js';
import { ZipArchive } from './zip.js';

/**
 * The zip files of torch.save (PyTorch 1.6 and later): `STEM/data.pkl`, and one `STEM/data/KEY` per storage.
 * Nothing of the pickle is executed (pickle.ts); a tensor is a checked view of a storage until it is read.
 */

/** A pickle of a model names tensors and settings; it is small beside them. */
const MAX_PICKLE_BYTES = 4 * 2 ** 20;
const MAX_DIMENSIONS = 16;
/** Half-precision values fill two bytes; tensors that share storages may not add up to more than the file holds. */
const MIN_BYTES_PER_ELEMENT = 1;

/**
 * Modules and functions of Python that run programs, open files or sockets, or load more code. Nothing that a pickle
 * names is ever run; a checkpoint that names one of these is refused all the same, because someone meant harm by it.
 */
const HARMFUL_MODULES = new Set(
  'os posix nt subprocess sys shutil socket pty ctypes importlib runpy webbrowser pickle code codeop commands platform signal asyncio multiprocessing'.split(
    ' ',
  ),
);
const HARMFUL_BUILTINS = new Set(
  'eval exec execfile compile open input __import__ getattr setattr delattr breakpoint'.split(' '),
);

/** A whole storage: the bytes behind tensors. */
class TorchStorage extends PickleExtension {
  constructor(
    readonly type: StorageType,
    readonly bytes: Uint8Array,
  ) {
    super();
  }

  get length(): number {
    return this.bytes.byteLength / STORAGE_TYPES[this.type];
  }
}

/** A strided view of a storage, all of it inside. Sizes, strides and offset are in elements. */
export class TorchTensor extends PickleExtension {
  constructor(
    private readonly storage: TorchStorage,
    private readonly offset: number,
    readonly shape: readonly number[],
    private readonly strides: readonly number[],
  ) {
    super();
  }

  /** Copies the values, row-major. */
  toFloat64(): Float64Array {
    const { storage, shape, strides } = this;
    const out = new Float64Array(elementCount(shape));
    const index = new Array<number>(shape.length).fill(0);
    const view = new DataView(storage.bytes.buffer, storage.bytes.byteOffset, storage.bytes.byteLength);
    let at = this.offset;
    for (let i = 0; i < out.length; i++) {
      out[i] = readStorageElement(view, at, storage.type);
      // Count up like an odometer, last axis first.
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += strides[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        at -= strides[axis]! * shape[axis]!;
        index[axis] = 0;
      }
    }
    return out;
  }
}

/**
 * The object that was saved, with TorchTensor at its tensors. Classes that are not torch's (a configuration,
 * an optimiser's state) become inert records. Throws MODEL_ZIP, MODEL_PICKLE*, MODEL_TORCH.
 */
export function readTorchFile(file: Uint8Array): PickleValue {
  const archive = new ZipArchive(file);
  const pickleName = archive.names.find((name) => name === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) fail('expected an entry STEM/data.pkl but the archive has none');
  const prefix = pickleName.slice(0, -'data.pkl'.length);
  checkByteOrder(archive, prefix);
  const pickleBytes = archive.size(pickleName)!;
  if (pickleBytes > MAX_PICKLE_BYTES) {
    throw new ModelError(
      'MODEL_PICKLE_LIMIT',
      `Expected a pickle of at most ${MAX_PICKLE_BYTES} bytes but received one of ${pickleBytes}.`,
    );
  }
  const maxElements = file.byteLength / MIN_BYTES_PER_ELEMENT;
  return unpickle(archive.read(pickleName), torchPolicy(archive, `${prefix}data/`, maxElements));
}

/** Refuses every call; for files that are a bare pickle, which are read only to be told what they are. */
export const barePicklePolicy: PicklePolicy = {
  globals: new Map([['collections.OrderedDict', () => new Map()]]),
  unknownGlobals: 'refuse',
  persistentLoad: () => null,
};

function isHarmful(module: string, name: string): boolean {
  const [root = ''] = module.split('.');
  if (root === '__builtin__' || root === 'builtins') return HARMFUL_BUILTINS.has(name.split('.')[0] ?? '');
  return HARMFUL_MODULES.has(root);
}

function checkByteOrder(archive: ZipArchive, prefix: string): void {
  if (archive.size(`${prefix}byteorder`) === undefined) return;
  const order = new TextDecoder().decode(archive.read(`${prefix}byteorder`)).trim();
  if (order !== 'little') fail(`expected byte order little but received ${order}`);
}

function torchPolicy(archive: ZipArchive, dataPrefix: string, maxElements: number): PicklePolicy {
  const storages = new Map<string, TorchStorage>();
  let elements = 0;
  const rebuildTensor = (args: readonly PickleValue[]): TorchTensor => {
    const tensor = checkedTensor(args);
    elements += elementCount(tensor.shape);
    if (elements > maxElements) fail('its tensors hold more values than the file has bytes');
    return tensor;
  };
  const storageTypes = Object.keys(STORAGE_TYPES).map((type) => [`torch.${type}`, null] as const);
  return {
    globals: new Map<string, ((args: readonly PickleValue[]) => PickleValue) | null>([
      ...storageTypes,
      ['torch._utils._rebuild_tensor_v2', rebuildTensor],
      ['torch._utils._rebuild_parameter', firstArgument],
      ['torch._utils._rebuild_parameter_with_state', firstArgument],
      ['torch.Size', firstArgument],
      ['collections.OrderedDict', makeDict],
      ['collections.defaultdict', () => new Map()],
      ['__builtin__.dict', makeDict],
      ['builtins.dict', makeDict],
      ['__builtin__.list', () => []],
      ['builtins.list', () => []],
    ]),
    unknownGlobals: 'inert',
    refuses: isHarmful,
    persistentLoad: (id) => loadStorage(id, archive, dataPrefix, storages),
  };
}

/** persistent id: ('storage', torch.FloatStorage, key, device, element count). */
function loadStorage(
  id: PickleValue,
  archive: ZipArchive,
  dataPrefix: string,
  storages: Map<string, TorchStorage>,
): TorchStorage {
  const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : [];
  if (
    tag !== 'storage' ||
    !(type instanceof PickleGlobal) ||
    typeof key !== 'string' ||
    typeof count !== 'number'
  ) {
    fail('a persistent id is no storage');
  }
  const known = storages.get(key);
  if (known !== undefined) return known;
  if (type.module !== 'torch' || !Object.hasOwn(STORAGE_TYPES, type.name)) {
    fail(`storage ${key} is of type ${type.path}, which is not read`);
  }
  const storageType = type.name as StorageType;
  const bytes = archive.size(`${dataPrefix}${key}`);
  const expected = count * STORAGE_TYPES[storageType];
  if (bytes !== expected)
    fail(`expected ${expected} bytes for storage ${key} but received ${bytes ?? 'no entry'}`);
  const storage = new TorchStorage(storageType, archive.read(`${dataPrefix}${key}`));
  storages.set(key, storage);
  return storage;
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks): every reachable element lies inside. */
function checkedTensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof TorchStorage)) fail('a tensor has no storage');
  const shape = counts(size, 'size');
  const strides = counts(stride, 'stride');
  if (typeof offset !== 'number' || offset < 0) fail(`a tensor has offset ${String(offset)}`);
  if (shape.length !== strides.length || shape.length > MAX_DIMENSIONS) {
    fail(`a tensor has ${shape.length} sizes and ${strides.length} strides`);
  }
  const elements = elementCount(shape);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset);
  // Expanded tensors (stride 0) may not be larger than what they are made of: a small file stays small.
  if (elements > 0 && (last >= storage.length || elements > storage.length)) {
    fail(`a tensor of shape (${shape.join(', ')}) reaches beyond its storage of ${storage.length} values`);
  }
  return new TorchTensor(storage, offset, shape, strides);
}

function counts(value: PickleValue | undefined, what: string): number[] {
  const items = value instanceof PickleTuple ? value.items : undefined;
  if (items === undefined || !items.every((item) => typeof item === 'number' && item >= 0)) {
    fail(`the ${what} of a tensor is no tuple of non-negative integers`);
  }
  return items as number[];
}

function firstArgument(args: readonly PickleValue[]): PickleValue {
  return args[0] ?? null;
}

/** OrderedDict(), or OrderedDict of a list of pairs as Python 2 wrote it. */
function makeDict(args: readonly PickleValue[]): PickleValue {
  const map = new Map<PickleValue, PickleValue>();
  const [items] = args;
  if (Array.isArray(items)) {
    for (const item of items) {
      const pair = item instanceof PickleTuple ? item.items : item;
      if (Array.isArray(pair) && pair.length === 2) map.set(pair[0] as PickleValue, pair[1] as PickleValue);
    }
  }
  return map;
}

function fail(what: string): never {
  throw new ModelError('MODEL_TORCH', `Malformed PyTorch checkpoint: ${what}.`);
}
