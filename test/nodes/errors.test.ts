import assert from 'node:assert/strict';
import { NodeError, nodeErrors } from '../../nodes/index.js';

describe('node errors', () => {
  it('carry code and remedy; a thrower who knows better replaces the remedy', () => {
    const cause = new Error('below');
    const plain = new NodeError('NODE_SETTING', 'expected 1 but received 2', { cause });
    assert.equal(plain.remedy, nodeErrors.NODE_SETTING.remedy);
    assert.equal(plain.cause, cause);
    assert.equal(new NodeError('NODE_SETTING', 'no', { remedy: 'Do this.' }).remedy, 'Do this.');
  });

  it('are a catalogue of sentences', () => {
    for (const code of Object.keys(nodeErrors) as (keyof typeof nodeErrors)[]) {
      assert.match(code, /^(NODE|MODEL|SINK)_[A-Z_]+$/);
      assert.match(nodeErrors[code].summary, /^[A-Z`].*\.$/);
      assert.match(nodeErrors[code].remedy, /^[A-Z`].*\.$/);
    }
  });
});
