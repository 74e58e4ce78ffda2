import { ONNX_PROVIDERS, type OnnxProvider, type StepperChoice } from '../../../models/index.js';

/** A stepper, and of the onnx stepper where it computes. */
export interface ProviderPath {
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
}

const SYSTEMS: Partial<Record<OnnxProvider, NodeJS.Platform>> = {
  coreml: 'darwin',
  dml: 'win32',
  cuda: 'linux',
};

/** All that a system can have, the steppers of our own first. */
export function providerPaths(platform: NodeJS.Platform): readonly ProviderPath[] {
  const onnx = ONNX_PROVIDERS.filter((provider) => (SYSTEMS[provider] ?? platform) === platform);
  const own: ProviderPath[] = [{ stepper: 'native' }];
  if (platform === 'linux') own.push({ stepper: 'cuda' });
  return [...own, ...onnx.map((provider): ProviderPath => ({ stepper: 'onnx', provider }))];
}

export function nameOfPath({ stepper, provider }: ProviderPath): string {
  return provider === undefined ? stepper : `${stepper} ${provider}`;
}
