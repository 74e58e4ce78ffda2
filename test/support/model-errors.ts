import { ModelError, type ModelErrorCode } from '../../models/index.js';
import { assertCodedError } from './coded-errors.js';

/** `assertCodedError` of a ModelError. */
export function assertModelError(act: () => unknown, code: ModelErrorCode, message?: RegExp): Promise<void> {
  return assertCodedError(ModelError, act, code, message);
}
