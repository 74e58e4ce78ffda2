import assert from 'node:assert/strict';
import { CliError, type CliErrorCode } from '../../src/cli/errors.js';

/** Asserts that `act` throws (or rejects with) a CliError of this code, whose message matches. */
export async function assertCliError(
  act: () => unknown,
  code: CliErrorCode,
  message: RegExp = /./,
): Promise<void> {
  let thrown: unknown;
  try {
    await act();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof CliError, `expected ${code} but received ${String(thrown ?? 'no error')}`);
  assert.equal(thrown.code, code, thrown.message);
  assert.match(thrown.message, message);
  assert.ok(thrown.remedy.length > 0, 'an error says what to do');
}
