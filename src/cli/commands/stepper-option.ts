import { Option } from 'commander';
import { ONNX_PROVIDERS, STEPPER_CHOICES } from '../../../models/index.js';

/** One engine of the models by name, or the best that works here. */
export function stepperOption(): Option {
  return new Option('--stepper <NAME>', 'engine of the models').choices(STEPPER_CHOICES).default('auto');
}

/** Where the onnx stepper computes; given alone, it chooses that stepper. */
export function providerOption(): Option {
  return new Option('--provider <NAME>', 'where the onnx stepper computes (default: cpu)')
    .choices(ONNX_PROVIDERS)
    .implies({ stepper: 'onnx' });
}
