import { ModelError } from '../errors.js';

/** Throws MODEL_ARGUMENT for an array that holds less than `needed` values. */
export function checkLength(name: string, length: number, needed: number): void {
  if (length < needed) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected at least ${needed} values in ${name} but received ${length}.`,
    );
  }
}
