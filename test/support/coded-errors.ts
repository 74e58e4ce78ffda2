import assert from 'node:assert/strict';

/** What all our errors have: a code of the catalogue, a sentence, and what to do. */
type CodedError<Code extends string> = Error & { readonly code: Code; readonly remedy: string };

/** Asserts that `act` throws (or rejects with) an error of this class and code, whose message matches. */
export async function assertCodedError<Code extends string>(
  Kind: new (...args: never[]) => CodedError<Code>,
  act: () => unknown,
  code: Code,
  message: RegExp = /./,
): Promise<void> {
  let thrown: unknown;
  try {
    await act();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof Kind, `expected ${code} but received ${String(thrown ?? 'no error')}`);
  assert.equal(thrown.code, code, thrown.message);
  assert.match(thrown.message, message);
  assert.ok(thrown.remedy.length > 0, 'an error says what to do');
}
