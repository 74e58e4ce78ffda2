import { Option } from 'commander';
import { playDefaults } from '../../process/play-options.js';

/** One engine of the models by name, or the best that works here. */
export function stepperOption(): Option {
  return new Option('--stepper <NAME>', 'engine of the models')
    .choices(['auto', 'native', 'wasm', 'reference'])
    .default(playDefaults.stepper);
}
