import type { Bundle } from '../bundle/types.js';
import { chooseStepper } from '../stream/choose-stepper.js';
import { type Candidate, type CandidateName, isCandidateName } from './trial.js';

/**
 * What may be chosen, in the order of preference. Onnx comes with a device alone: on the processor it is never faster.
 * `hasGpu`: loading onnx takes its time, which is spent only where a GPU can be seen.
 */
export function candidateNames(hasGpu: boolean): readonly CandidateName[] {
  const devices: readonly CandidateName[] = hasGpu
    ? [
        { kind: 'onnx', provider: 'cuda' },
        { kind: 'onnx', provider: 'webgpu' },
      ]
    : [];
  return [{ kind: 'native' }, { kind: 'wasm' }, { kind: 'reference' }, { kind: 'cuda' }, ...devices];
}

/** Those of the names that are some, for a bundle. */
export function candidatesFor(bundle: Bundle, names: readonly unknown[]): readonly Candidate[] {
  return names.filter(isCandidateName).map((name) => ({
    ...name,
    open: async () => (await chooseStepper(bundle, name.kind, name.provider)).stepper,
  }));
}
