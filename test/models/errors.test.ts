import assert from 'node:assert/strict';
import { ModelError, modelErrors } from '../../models/index.js';

describe('model errors', () => {
  it('are catalogued as sentences, with a remedy each', () => {
    for (const [code, { summary, remedy }] of Object.entries(modelErrors)) {
      assert.match(code, /^MODEL_[A-Z_]+$/);
      assert.match(summary, /^[A-Z].*\.$/);
      assert.match(remedy, /^[A-Z].*\.$/);
    }
  });

  it('carry code, remedy and cause', () => {
    const cause = new Error('disk');
    const error = new ModelError('MODEL_FILE', 'Expected a file.', { cause });
    assert.equal(error.code, 'MODEL_FILE');
    assert.equal(error.remedy, modelErrors.MODEL_FILE.remedy);
    assert.equal(error.cause, cause);
    assert.equal(new ModelError('MODEL_FILE', 'x', { remedy: 'Do this.' }).remedy, 'Do this.');
  });
});
