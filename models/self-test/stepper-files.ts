import { join } from 'node:path';
import { PTX_PATH } from '../native/cuda/cuda-device.js';
import { ADDON_PATH } from '../native/load.js';
import { WASM_PATH } from '../native/wasm/wasm-module.js';
import { packageRoot } from '../package-root.js';

/** What is built of the steppers: with another of these files, what was measured before means nothing. Some may be missing. */
export function stepperFiles(): readonly string[] {
  return [ADDON_PATH, PTX_PATH, WASM_PATH].map((path) => join(packageRoot(), ...path));
}
