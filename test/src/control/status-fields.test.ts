import assert from 'node:assert/strict';
import { COUNTER_FIELDS, STATUS_FIELDS } from '../../../src/control/index.js';

describe('status fields', () => {
  it('have names of their own and a description each', () => {
    const fields = [...Object.entries(STATUS_FIELDS), ...Object.entries(COUNTER_FIELDS)];
    assert.equal(new Set(fields.map(([name]) => name)).size, fields.length);
    for (const [name, { description }] of fields) assert.ok(description.length > 0, name);
  });
});
