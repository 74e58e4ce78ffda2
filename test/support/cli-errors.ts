import { CliError, type CliErrorCode } from '../../src/cli/errors.js';
import { assertCodedError } from './coded-errors.js';

/** `assertCodedError` of a CliError. */
export function assertCliError(act: () => unknown, code: CliErrorCode, message?: RegExp): Promise<void> {
  return assertCodedError(CliError, act, code, message);
}
