import type { Bundle } from '../bundle/types.js';
import { createWasmStepper } from '../native/wasm/wasm-stepper.js';
import { createReferenceStepper } from '../sashimi/reference-stepper.js';
import type { Stepper } from '../stepper.js';

/** Steppers that need no addon: they run in any thread, and live streams of them on a worker. */
export type PortableKind = 'reference' | 'wasm';

export async function createPortableStepper(bundle: Bundle, kind: PortableKind): Promise<Stepper> {
  return kind === 'wasm' ? createWasmStepper(bundle) : createReferenceStepper(bundle);
}
