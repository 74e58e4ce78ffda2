import assert from 'node:assert/strict';
import { fuzz } from './fuzz/fuzz.js';

const SECONDS = 4;

describe('damaged checkpoints', () => {
  it('never crash or hang the importer, nor take more memory than twice the file and a fixed amount', async function () {
    this.timeout(240_000);
    const { summary, faults } = await fuzz(SECONDS, 1);
    assert.deepEqual(faults, []);
    assert.ok(summary !== undefined && summary.cases > 0);
    assert.ok(Object.keys(summary.refused).length > 3, 'mutants reach further than the first check');
  });
});
