import { Option } from 'commander';
import { STEPPER_CHOICES } from '../../../models/index.js';

/** One engine of the models by name, or the best that works here. */
export function stepperOption(): Option {
  return new Option('--stepper <NAME>', 'engine of the models').choices(STEPPER_CHOICES).default('auto');
}
