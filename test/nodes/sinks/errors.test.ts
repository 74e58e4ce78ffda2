import assert from 'node:assert/strict';
import { SinkError, sinkErrors } from '../../../nodes/sinks/index.js';

describe('the catalogue of sink errors', () => {
  it('has a sentence and a remedy for every code', () => {
    for (const [code, { summary, remedy }] of Object.entries(sinkErrors)) {
      assert.match(code, /^SINK_[A-Z_]+$/);
      assert.match(summary, /^[A-Z].*\.$/);
      assert.match(remedy, /^[A-Z].*\.$/);
    }
  });

  it('gives every error its remedy', () => {
    assert.equal(new SinkError('SINK_PATH', 'no').remedy, sinkErrors.SINK_PATH.remedy);
  });
});
