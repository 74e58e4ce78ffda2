import { bfloat16ToNumber, halfToNumber } from '../bundle/safetensors.js';

/** Bytes per element of the storages that torch.save writes, by their class name. */
export const STORAGE_TYPES = {
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
} as const;

export type StorageType = keyof typeof STORAGE_TYPES;

/** Element `index` of a little-endian storage. int64 beyond 2^53 loses precision. */
export function readStorageElement(view: DataView, index: number, type: StorageType): number {
  switch (type) {
    case 'DoubleStorage':
      return view.getFloat64(index * 8, true);
    case 'FloatStorage':
      return view.getFloat32(index * 4, true);
    case 'HalfStorage':
      return halfToNumber(view.getUint16(index * 2, true));
    case 'BFloat16Storage':
      return bfloat16ToNumber(view.getUint16(index * 2, true));
    case 'LongStorage':
      return Number(view.getBigInt64(index * 8, true));
    case 'IntStorage':
      return view.getInt32(index * 4, true);
    case 'ShortStorage':
      return view.getInt16(index * 2, true);
    case 'CharStorage':
      return view.getInt8(index);
    case 'ByteStorage':
      return view.getUint8(index);
    case 'BoolStorage':
      return view.getUint8(index) === 0 ? 0 : 1;
  }
}
