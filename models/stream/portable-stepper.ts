import type { Bundle } from '../bundle/types.js';
import { createWasmStepper } from '../native/wasm/wasm-stepper.js';
import { createOnnxStepper } from '../onnx/onnx-stepper.js';
import type { OnnxProvider } from '../onnx/providers.js';
import { createReferenceStepper } from '../sashimi/reference-stepper.js';
import type { Stepper } from '../stepper.js';

/** Steppers that need no addon of ours: they run in any thread, and live streams of them on a worker. */
export type PortableKind = 'reference' | 'wasm' | 'onnx';

/** `provider` is of the onnx stepper alone. Rejects with what the stepper of this kind rejects with. */
export async function createPortableStepper(
  bundle: Bundle,
  kind: PortableKind,
  provider?: OnnxProvider,
): Promise<Stepper> {
  if (kind === 'onnx') return createOnnxStepper(bundle, provider);
  return kind === 'wasm' ? createWasmStepper(bundle) : createReferenceStepper(bundle);
}
