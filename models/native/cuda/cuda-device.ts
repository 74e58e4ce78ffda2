import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.js';
import {
  loadNative,
  type NativeComposite,
  type NativeGroup,
  type NativeModel,
  type NativeRunAhead,
  type NativeVoice,
  type RunAheadArguments,
} from '../load.js';

/** The kernels as the driver takes them: made by build.sh from kernel/. */
export const PTX_PATH = ['models', 'native', 'cuda', 'sashimi.ptx'];

/** What the addon makes of a GPU: addon/cuda.cc. */
export interface CudaDevice {
  readonly name: string;
  readonly multiprocessors: number;
  /** As that of the addon. `MODEL_ARGUMENT` when the device has not enough memory. */
  createModel(
    config: Int32Array,
    values: Float32Array,
    kinds: Int32Array,
    scales: Float32Array,
    decode: Float32Array,
  ): CudaModel;
  /** As that of the addon, of at most 4 models, which may be of another CudaDevice of the same GPU. */
  createComposite(models: readonly CudaModel[], seed: number, mixing: 0 | 1): CudaComposite;
  /** As that of the addon. */
  createPairStream(
    models: readonly CudaModel[],
    mixing: 0 | 1,
    isFirstDropped: boolean,
    ...args: RunAheadArguments
  ): NativeRunAhead;
}

/** The weights on the device. */
export interface CudaModel extends Pick<NativeModel, 'createStream' | 'dispose'> {
  createVoice(seed: number): CudaVoice;
  /** `capacity` of 1 to 1024. */
  createGroup(capacity: number): CudaGroup;
}

export interface CudaVoice extends NativeVoice {
  /** Why the device failed, from then on. */
  readonly fault: string | undefined;
}

export interface CudaComposite extends NativeComposite {
  readonly fault: string | undefined;
}

export interface CudaGroup extends NativeGroup {
  readonly fault: string | undefined;
}

export type CudaLoad =
  | { readonly ok: true; readonly device: CudaDevice }
  | { readonly ok: false; readonly reason: string };

/**
 * The first GPU of the driver in `library`, the system's own when left out. Takes some seconds the first time: the driver
 * makes machine code of the kernels, which it keeps. Never throws: that there is none is no error.
 */
export function openCuda(library?: string): CudaLoad {
  const loaded = loadNative();
  if (!loaded.ok) return loaded;
  const file = join(packageRoot(), ...PTX_PATH);
  if (!existsSync(file)) return { ok: false, reason: `${PTX_PATH.join('/')} is missing` };
  const opened = loaded.addon.openCuda(readFileSync(file, 'latin1'), library);
  return typeof opened === 'string' ? { ok: false, reason: opened } : { ok: true, device: opened };
}
