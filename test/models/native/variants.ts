/** The C++ core in every form that this machine runs, and the shapes of model it is tried on. */
import type { Bundle } from '../../../models/bundle/types.js';
import { loadNative } from '../../../models/native/load.js';
import { createNativeStepper } from '../../../models/native/native-stepper.js';
import { createWasmStepper } from '../../../models/native/wasm/wasm-stepper.js';
import type { Stepper } from '../../../models/stepper.js';
import { TINY_CONDITIONING, type TinyBundleOptions } from '../../support/tiny-bundle.js';

export interface Variant {
  readonly name: string;
  create(bundle: Bundle): Promise<Stepper>;
}

const native = loadNative();

/** Why there are no native variants, for titles; empty when there are. */
export const nativeMissing = native.ok ? '' : ` (skipped: ${native.reason})`;

export const nativeVariants: readonly Variant[] = native.ok
  ? native.addon.instructionSets().map((name) => ({
      name: `native ${name}`,
      create: async (bundle) => createNativeStepper(bundle, native.addon, name),
    }))
  : [];

export const wasmVariant: Variant = { name: 'wasm', create: (bundle) => createWasmStepper(bundle) };

export const variants: readonly Variant[] = [...nativeVariants, wasmVariant];

/** Every branch of the core: both kinds of state space, both norms, with and without GLU, padded widths, unet, pools or none, conditioning. */
export const shapes: readonly TinyBundleOptions[] = [
  { kind: 's4d' },
  { kind: 's4' },
  { kind: 's4', dModel: 24, numLayers: 2, pool: [2, 4, 4], conjugatePairs: 3 },
  { kind: 's4d', dModel: 16, norm: 'scalar', outputActivation: 'none', pool: [4, 2], quantiser: 'linear' },
  { kind: 's4', dModel: 5, expand: 3, ff: 1, pool: [3], conjugatePairs: 1 },
  { kind: 's4d', dModel: 32, numLayers: 2, conjugatePairs: 16 },
  { kind: 's4', dModel: 48, expand: 1, ff: 3, pool: [] },
  { unet: true, kind: 's4d', numLayers: 3, pool: [2, 3] },
  { unet: true, kind: 's4', dModel: 12, numLayers: 2, norm: 'scalar', pool: [2, 4, 4] },
  { kind: 's4d', dModel: 24, pool: [2, 3], conditioning: TINY_CONDITIONING },
  { unet: true, kind: 's4', dModel: 5, expand: 3, pool: [], conditioning: TINY_CONDITIONING },
];
