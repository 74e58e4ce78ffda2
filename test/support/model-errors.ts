import assert from 'node:assert/strict';
import { ModelError, type ModelErrorCode } from '../../models/index.js';

/** Asserts that `act` throws (or rejects with) a ModelError of this code, whose message matches. */
export async function assertModelError(
  act: () => unknown,
  code: ModelErrorCode,
  message: RegExp = /./,
): Promise<void> {
  let thrown: unknown;
  try {
    await act();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof ModelError, `expected ${code} but received ${String(thrown ?? 'no error')}`);
  assert.equal(thrown.code, code, thrown.message);
  assert.match(thrown.message, message);
  assert.ok(thrown.remedy.length > 0, 'an error says what to do');
}
