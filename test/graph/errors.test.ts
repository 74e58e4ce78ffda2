import assert from 'node:assert/strict';
import { GraphError, graphErrors, isCodedError } from '../../graph/index.js';

describe('the catalogue of graph errors', () => {
  it('has a sentence and a remedy for every code', () => {
    for (const [code, { summary, remedy }] of Object.entries(graphErrors)) {
      assert.match(code, /^(PATCH|PARAM|GRAPH)_[A-Z_]+$/);
      assert.match(summary, /^[A-Z].*\.$/);
      assert.match(remedy, /^[A-Z].*\.$/);
    }
  });

  it('gives every error its code, path and remedy', () => {
    const error = new GraphError('GRAPH_CYCLE', 'a -> a is a loop', { path: '$.edges' });
    assert.equal(error.message, '$.edges: a -> a is a loop');
    assert.equal(error.remedy, graphErrors.GRAPH_CYCLE.remedy);
    assert.ok(isCodedError(error));
    assert.ok(!isCodedError(new Error('x')));
    assert.ok(!isCodedError(Object.assign(new Error('x'), { code: 'ENOENT' })));
  });
});
